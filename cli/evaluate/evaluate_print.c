#include "evaluate/evaluate_print.h"

#include <inttypes.h>
#include <math.h>
#include <mien/mien.h>
#include <string.h>

#include "io/csv.h"
#include "io/json.h"

enum { DECIMALS = 6, FEW = 10 };

const char *mn_evaluate_scoring(int scoring)
{
    return scoring == MN_SCORING_ALL ? "all" : "measured";
}

/* ----------------------------------------------------------------------------- statements ---- */

static void data(const struct mn_evaluation *e, char *buf, size_t size)
{
    snprintf(
        buf, size,
        "Labels: %s; %d of %d recordings have a result, of %d people. Labelled frames: %" PRId64
        ", with a face %" PRId64 ", not in the result %" PRId64
        "; faces that no label is about: %" PRId64 "; pictures that are frames of a result: %d.",
        e->format->name, e->recordings, e->labels.num_recordings, e->people, e->frames,
        e->frames_measured, e->frames_absent, e->other_faces, e->in_sequences);
}

static void presence(const struct mn_evaluation *e, char *buf, size_t size)
{
    char tool[80];
    if (e->rules.tool_present > 0)
        snprintf(tool, sizeof(tool), "its intensity is at least %g", e->rules.tool_present);
    else
        snprintf(tool, sizeof(tool), "%s",
                 e->by_column ? "its column AUxx_c is 1" : "its intensity is at least 1");
    snprintf(
        buf, size,
        "Present: in the label, if it is 1 or the intensity at least %g; in the result, if %s.",
        e->rules.present, tool);
}

static void scorings(const struct mn_evaluation *e, char *buf, size_t size)
{
    (void)e;
    snprintf(
        buf, size,
        "Scored twice: \"measured\" leaves frames without a face out; \"all\" scores them as unit "
        "absent (0), gaze into the camera (0, 0), landmarks failed.");
}

static void errors(const struct mn_evaluation *e, char *buf, size_t size)
{
    (void)e;
    snprintf(buf, size,
             "Gaze calibrated: without the mean offset of each person, taken from the same frames. "
             "Landmarks: %% of the distance of the outer eye corners of the label; a failure is "
             "above %g %%. Percentiles are exact to 0.05 degrees and 0.01 %%.",
             MN_SCORES_FAILURE);
}

static void intervals(const struct mn_evaluation *e, char *buf, size_t size)
{
    if (e->rules.resamples && e->people > 1)
        snprintf(buf, size,
                 "Intervals: middle 95 %% of %d draws of %d people with all their frames, seed "
                 "%" PRId64 "; frames of one person are not independent.%s",
                 e->rules.resamples, e->people, e->rules.seed,
                 e->people < FEW ? " With so few people they are rough." : "");
    else
        snprintf(buf, size, "Intervals: none; they need two people or more, and --resamples.");
}

static void unmeasured(const struct mn_evaluation *e, char *buf, size_t size)
{
    size_t used = 0;
    buf[0] = 0;
    for (int i = 0; i < MN_LABELS_UNITS && used + 8 < size; i++)
        if (e->unmeasured[i])
            used += (size_t)snprintf(buf + used, size - used, "%s AU%02d",
                                     used ? "" : "Labelled, but not a column of the results:", i);
}

const char *mn_evaluate_statement(const struct mn_evaluation *e, int i, char *buf, size_t size)
{
    static void (*const statement[])(const struct mn_evaluation *e, char *buf, size_t size) = {
        data, presence, scorings, errors, intervals, unmeasured};
    buf[0] = 0;
    if (i < (int)(sizeof(statement) / sizeof(statement[0])))
        statement[i](e, buf, size);
    return buf;
}

/* ---------------------------------------------------------------------------------- text ---- */

static void cell(FILE *file, int width, double v)
{
    if (isnan(v))
        fprintf(file, " %*s", width, "-");
    else if (v == floor(v) && fabs(v) >= 100)
        fprintf(file, " %*.0f", width, v);
    else
        fprintf(file, " %*.3f", width, v);
}

/* ICCs have their names of the literature in texts. */
static const char *name_of(const struct mn_metric *m)
{
    return !strcmp(m->name, "icc21")   ? "ICC(2,1)"
           : !strcmp(m->name, "icc31") ? "ICC(3,1)"
                                       : m->name;
}

static int width_of(const struct mn_metric *m)
{
    const int n = (int)strlen(name_of(m));
    return n < 7 ? 7 : n;
}

static void text_head(FILE *file, const struct mn_kind *kind, int scoring)
{
    fprintf(file, "\n%-16s", mn_evaluate_scoring(scoring));
    for (int m = 0; m < kind->num_metrics; m++)
        fprintf(file, " %*s", width_of(&kind->metric[m]), name_of(&kind->metric[m]));
    fputc('\n', file);
}

static void text_limits(FILE *file, const struct mn_scored_item *item, int scoring, bool high)
{
    fprintf(file, "%-16s", high ? "    to" : "    95 % from");
    for (int m = 0; m < item->kind->num_metrics; m++) {
        const struct mn_score *s = &item->score[scoring][m];
        cell(file, width_of(&item->kind->metric[m]), high ? s->high : s->low);
    }
    fputc('\n', file);
}

static bool has_interval(const struct mn_scored_item *item, int scoring)
{
    for (int m = 0; m < item->kind->num_metrics; m++)
        if (!isnan(item->score[scoring][m].low))
            return true;
    return false;
}

static void text_item(FILE *file, const struct mn_scored_item *item, int scoring)
{
    fprintf(file, "%-16s", item->name);
    for (int m = 0; m < item->kind->num_metrics; m++)
        cell(file, width_of(&item->kind->metric[m]), item->score[scoring][m].value);
    fputc('\n', file);
    if (has_interval(item, scoring)) {
        text_limits(file, item, scoring, false);
        text_limits(file, item, scoring, true);
    }
}

void mn_evaluate_text(FILE *file, const struct mn_evaluation *e)
{
    char buf[512];
    for (int i = 0; *mn_evaluate_statement(e, i, buf, sizeof(buf)); i++)
        fprintf(file, "%s\n", buf);
    for (int s = 0; s < MN_SCORINGS; s++)
        for (int i = 0; i < e->num_items; i++) {
            if (i == 0 || e->item[i].kind != e->item[i - 1].kind)
                text_head(file, e->item[i].kind, s);
            text_item(file, &e->item[i], s);
        }
}

/* ----------------------------------------------------------------------------- csv, json ---- */

void mn_evaluate_csv(FILE *file, const struct mn_evaluation *e)
{
    fputs("item,scoring,metric,value,low,high\n", file);
    for (int i = 0; i < e->num_items; i++)
        for (int s = 0; s < MN_SCORINGS; s++)
            for (int m = 0; m < e->item[i].kind->num_metrics; m++) {
                const struct mn_score *score = &e->item[i].score[s][m];
                fprintf(file, "%s,%s,%s", e->item[i].name, mn_evaluate_scoring(s),
                        e->item[i].kind->metric[m].name);
                mn_csv_number(file, score->value, DECIMALS);
                mn_csv_number(file, score->low, DECIMALS);
                mn_csv_number(file, score->high, DECIMALS);
                fputc('\n', file);
            }
}

static void json_item(struct mn_json *j, const struct mn_scored_item *item, int scoring)
{
    mn_json_begin(j, mn_evaluate_scoring(scoring), '{');
    for (int m = 0; m < item->kind->num_metrics; m++) {
        const struct mn_score *score = &item->score[scoring][m];
        mn_json_begin(j, item->kind->metric[m].name, '{');
        mn_json_num(j, "value", score->value, DECIMALS);
        mn_json_num(j, "low", score->low, DECIMALS);
        mn_json_num(j, "high", score->high, DECIMALS);
        mn_json_end(j, '}');
    }
    mn_json_end(j, '}');
}

static void json_rules(struct mn_json *j, const struct mn_evaluation *e)
{
    mn_json_str(j, "labels", e->format->name);
    mn_json_int(j, "recordings", e->recordings);
    mn_json_int(j, "recordings_labelled", e->labels.num_recordings);
    mn_json_int(j, "people", e->people);
    mn_json_int(j, "frames", e->frames);
    mn_json_int(j, "frames_with_face", e->frames_measured);
    mn_json_int(j, "frames_not_in_result", e->frames_absent);
    mn_json_int(j, "other_faces", e->other_faces);
    mn_json_int(j, "pictures_in_sequences", e->in_sequences);
    mn_json_num(j, "threshold", e->rules.present, DECIMALS);
    mn_json_num(j, "tool_threshold", e->rules.tool_present > 0 ? e->rules.tool_present : NAN,
                DECIMALS);
    mn_json_num(j, "landmark_failure", MN_SCORES_FAILURE, DECIMALS);
    mn_json_int(j, "resamples", e->people > 1 ? e->rules.resamples : 0);
    mn_json_int(j, "seed", e->rules.seed);
}

/* "AU12 lip corner puller" */
static const char *title_of(const struct mn_scored_item *item, char *buf, size_t size)
{
    int unit = 0;
    const char *name = sscanf(item->name, "AU%d", &unit) == 1 ? mien_au_name(unit) : NULL;
    snprintf(buf, size, "%s%s%s", item->name, name ? " " : "", name ? name : "");
    return buf;
}

static void json_kind(struct mn_json *j, const struct mn_kind *kind)
{
    mn_json_begin(j, kind->name, '[');
    for (int m = 0; m < kind->num_metrics; m++) {
        mn_json_begin(j, NULL, '{');
        mn_json_str(j, "name", kind->metric[m].name);
        mn_json_str(j, "meaning", kind->metric[m].meaning);
        mn_json_end(j, '}');
    }
    mn_json_end(j, ']');
}

static void json(struct mn_json *j, const struct mn_evaluation *e)
{
    char buf[512];
    mn_json_begin(j, NULL, '{');
    mn_json_str(j, "kind", "evaluation");
    json_rules(j, e);
    mn_json_begin(j, "statements", '[');
    for (int i = 0; *mn_evaluate_statement(e, i, buf, sizeof(buf)); i++)
        mn_json_str(j, NULL, buf);
    mn_json_end(j, ']');
    mn_json_begin(j, "kinds", '{');
    json_kind(j, &mn_kind_unit);
    json_kind(j, &mn_kind_gaze);
    json_kind(j, &mn_kind_landmarks);
    mn_json_end(j, '}');
    mn_json_begin(j, "items", '{');
    for (int i = 0; i < e->num_items; i++) {
        mn_json_begin(j, e->item[i].name, '{');
        mn_json_str(j, "kind", e->item[i].kind->name);
        mn_json_str(j, "title", title_of(&e->item[i], buf, sizeof(buf)));
        for (int s = 0; s < MN_SCORINGS; s++)
            json_item(j, &e->item[i], s);
        mn_json_end(j, '}');
    }
    mn_json_end(j, '}');
    mn_json_end(j, '}');
}

void mn_evaluate_json(FILE *file, const struct mn_evaluation *e)
{
    struct mn_json j;
    mn_json_init(&j, file, true);
    json(&j, e);
}

void mn_evaluate_page_data(FILE *file, const struct mn_evaluation *e)
{
    struct mn_json j;
    mn_json_init(&j, file, false);
    j.html = true;
    json(&j, e);
}
