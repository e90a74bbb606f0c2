#include "report/sidecar.h"

#include <inttypes.h>
#include <mien/models.h>
#include <mien/stats.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io/atomic_file.h"
#include "io/json.h"
#include "io/path.h"
#include "report/models_used.h"
#include "report/recipe.h"
#include "source/isolated/sandbox.h"

char *mn_sidecar_name(const char *result)
{
    return mn_path_is_stream(result) ? NULL : mn_path_with_suffix(result, ".meta.json");
}

/* -------------------------------------------------------------------------------- writing ---- */

static void versions(struct mn_json *j)
{
    char text[700];
    mn_json_begin(j, "versions", '{');
    mn_json_str(j, "mien", MIEN_VERSION);
    mien_runtime_version(text, sizeof(text));
    char *paren = strstr(text, " ("); /* its path does not decide the result */
    if (paren)
        *paren = 0;
    mn_json_str(j, "inference", text);
    mn_source_version(text, sizeof(text));
    mn_json_str(j, "media", text);
    mn_json_end(j, '}');
}

/* A reader of the rows should not need this program to know which values are approximate. */
static void experimental(struct mn_json *j, const char *model)
{
    bool any = false;
    for (int i = 0; i < MIEN_AU_PRESENCES && !any; i++)
        any = mien_au_experimental(model, mien_au_presence_unit(i));
    if (!any)
        return;
    mn_json_begin(j, "experimental", '[');
    for (int i = 0; i < MIEN_AU_PRESENCES; i++) {
        char name[8];
        snprintf(name, sizeof(name), "AU%02d", mien_au_presence_unit(i));
        if (mien_au_experimental(model, mien_au_presence_unit(i)))
            mn_json_str(j, NULL, name);
    }
    mn_json_end(j, ']');
}

static void models(struct mn_json *j, mien_pipeline *p)
{
    mien_model_use *use;
    int n = mn_models_used(p, &use);
    mn_json_begin(j, "models", '[');
    for (int i = 0; i < n; i++) {
        mn_json_begin(j, NULL, '{');
        mn_json_str(j, "role", use[i].role);
        mn_json_str(j, "name", use[i].name);
        mn_json_str(j, "file", use[i].path);
        mn_json_str(j, "sha256", use[i].sha256);
        mn_json_str(j, "licence", use[i].licence);
        mn_json_str(j, "provider", use[i].provider);
        experimental(j, use[i].name);
        mn_json_end(j, '}');
    }
    mn_json_end(j, ']');
    free(use);
}

static void options(struct mn_json *j, const struct mn_options *o, unsigned analysis,
                    const mien_stats *stats)
{
    mn_json_begin(j, "options", '{');
    char exec[20] = "";
    mien_settings_get(&o->settings, "exec", exec, sizeof(exec));
    mn_json_str(j, "exec", exec);
    mn_json_int(j, "workers", stats->workers);
    mn_recipe_options(j, o, analysis, stats);
    mn_json_end(j, '}');
}

static void format(struct mn_json *j, const struct mn_source_facts *f)
{
    mn_json_str(j, "container", f->container);
    mn_json_str(j, "codec", f->codec);
    mn_json_str(j, "pixel_format", f->pixel_format);
    mn_json_int(j, "width", f->width);
    mn_json_int(j, "height", f->height);
    mn_json_int(j, "rotation", f->rotation);
    mn_json_bool(j, "mirrored", f->mirrored);
    mn_json_num(j, "frame_rate", f->frame_rate, 6);
    mn_json_num(j, "start_time_s", f->start_time, 6);
    mn_json_num(j, "duration_s", f->duration, 6);
}

static void damage(struct mn_json *j, const struct mn_source_facts *f)
{
    mn_json_bool(j, "damaged", f->damage[0] != 0);
    if (f->damage[0])
        mn_json_str(j, "damage", f->damage);
    mn_json_int(j, "damaged_packets", f->packets_damaged);
    mn_json_int(j, "damaged_frames", f->frames_damaged);
    mn_json_int(j, "size_changes", f->size_changes);
    mn_json_int(j, "irregular_timestamps", f->times_irregular);
}

static void input(struct mn_json *j, const struct mn_source_facts *f)
{
    char sandbox[40];
    struct stat st;
    mn_json_begin(j, "input", '{');
    mn_json_str(j, "name", f->name);
    if (!f->live && stat(f->name, &st) == 0 && S_ISREG(st.st_mode))
        mn_json_int(j, "bytes", st.st_size);
    format(j, f);
    mn_json_bool(j, "live", f->live);
    mn_json_str(j, "decoder",
                !f->isolated ? "in the program" : mn_sandbox_names(f->sandbox, sandbox));
    damage(j, f);
    if (f->live)
        mn_json_int(j, "reconnects", f->reconnects);
    mn_json_end(j, '}');
}

/* decoded = skipped_before_start + passed_over + dropped_live + analysed + discarded. Dropped
 * frames were decoded by a live source but never taken from it; discarded frames were taken, but
 * the run was interrupted or failed before they were analysed. */
static void counts(struct mn_json *j, const struct mn_tally *t, const struct mn_source_facts *f)
{
    mn_json_begin(j, "frames", '{');
    mn_json_int(j, "decoded", f->frames_decoded);
    mn_json_int(j, "skipped_before_start", t->before_start);
    mn_json_int(j, "passed_over", t->passed_over);
    mn_json_int(j, "dropped_live", f->frames_dropped);
    mn_json_int(j, "analysed", t->frames);
    mn_json_int(j, "discarded",
                f->frames_decoded - t->before_start - t->passed_over - f->frames_dropped -
                    t->frames);
    mn_json_int(j, "with_face", t->frames_with_face);
    mn_json_int(j, "without_face", t->frames - t->frames_with_face);
    mn_json_end(j, '}');
    mn_json_int(j, "rows", t->rows);
    mn_json_int(j, "faces", t->faces);
    mn_json_int(j, "people", t->people);
}

/* Only if workers are processes. */
static void processes(struct mn_json *j, const struct mn_tally *t, const mien_stats *stats)
{
    mn_json_begin(j, "processes", '{');
    mn_json_int(j, "restarts", stats->restarts);
    mn_json_int(j, "pictures_copied", stats->copied);
    mn_json_int(j, "quarantined", t->quarantined);
    mn_json_begin(j, "quarantined_frames", '[');
    for (int i = 0; i < t->quarantined && i < MN_QUARANTINED_NAMED; i++)
        mn_json_int(j, NULL, t->quarantined_frame[i]);
    mn_json_end(j, ']');
    mn_json_end(j, '}');
}

static void span(struct mn_json *j, const char *name, int64_t count, double total, double median,
                 double p95, double max)
{
    mn_json_begin(j, name, '{');
    mn_json_int(j, "count", count);
    mn_json_num(j, "total_s", total, 6);
    mn_json_num(j, "median_ms", median * 1e3, 4);
    mn_json_num(j, "p95_ms", p95 * 1e3, 4);
    mn_json_num(j, "max_ms", max * 1e3, 4);
    mn_json_end(j, '}');
}

static void hist_span(struct mn_json *j, const char *name, const struct mn_hist *h)
{
    span(j, name, h->count, h->total, mn_hist_quantile(h, 0.5), mn_hist_quantile(h, 0.95), h->max);
}

static void timings(struct mn_json *j, const struct mn_tally *t, const mien_stats *s)
{
    mn_json_begin(j, "timings", '{');
    mn_json_num(j, "seconds", t->seconds, 6);
    mn_json_num(j, "fps", t->seconds > 0 ? (double)t->frames / t->seconds : 0, 3);
    mn_json_num(j, "first_row_s", t->first_row, 6);
    mn_json_num(j, "queue_mean", s->queue_mean, 3);
    mn_json_int(j, "queue_max", s->queue_max);
    mn_json_int(j, "frames_in_pool", s->frames_in_pool);
    mn_json_begin(j, "stages", '{');
    hist_span(j, "decode", &t->decode);
    for (int i = 0; i < s->num_spans; i++) {
        const mien_span *p = &s->span[i];
        span(j, p->name, p->count, p->total, p->median, p->p95, p->max);
    }
    hist_span(j, "sinks", &t->sinks);
    mn_json_end(j, '}');
    mn_json_end(j, '}');
}

static void ending(struct mn_json *j, const char *result, int err, int verdict)
{
    int status = err ? err : verdict;
    struct stat st;
    char now[40];
    time_t t = time(NULL);
    struct tm tm;
    strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
    mn_json_bool(j, "complete", err == 0 && verdict != MIEN_EDAMAGED);
    mn_json_str(j, "status", mien_error_name(status));
    mn_json_str(j, "explanation", mien_strerror(status));
    mn_json_str(j, "result", result);
    if (err == 0 && stat(result, &st) == 0)
        mn_json_int(j, "result_bytes", st.st_size);
    mn_json_str(j, "written", now);
}

static void recipe_item(struct mn_json *j, uint64_t recipe)
{
    char text[20];
    snprintf(text, sizeof(text), "%016" PRIx64, recipe);
    mn_json_str(j, "recipe", text);
}

static void origin(struct mn_json *j, const struct mn_options *o, mien_pipeline *p)
{
    if (o->recipe)
        recipe_item(j, o->recipe);
    versions(j);
    char *providers = mn_models_used_providers(p);
    mn_json_str(j, "provider", providers);
    free(providers);
    models(j, p);
}

/* An earlier, interrupted run may have left its partial sidecar. */
static void remove_partial(const char *name)
{
    char *partial = mn_path_with_suffix(name, ".partial");
    if (partial)
        unlink(partial);
    free(partial);
}

int mn_sidecar_begin(const char *result, uint64_t recipe)
{
    char *name = mn_sidecar_name(result);
    struct mn_atomic_file out;
    if (!name)
        return 0;
    int err = mn_atomic_file_open(&out, name, true);
    free(name);
    if (err < 0)
        return err;
    struct mn_json j;
    mn_json_init(&j, out.file, true);
    mn_json_begin(&j, NULL, '{');
    mn_json_bool(&j, "complete", false);
    mn_json_str(&j, "status", mien_error_name(MIEN_EINTERRUPTED));
    recipe_item(&j, recipe);
    mn_json_end(&j, '}');
    return mn_atomic_file_finish(&out, false);
}

int mn_sidecar_write(const char *result, const struct mn_options *o, const struct mn_run *run,
                     const struct mn_tally *t, int err, int verdict)
{
    char *name = mn_sidecar_name(result);
    if (!name)
        return 0;
    struct mn_atomic_file out;
    /* The rows have their name now: --resume needs what mn_sidecar_begin wrote until the end. */
    int e = err ? mn_atomic_file_open(&out, name, true) : mn_atomic_file_replace(&out, name);
    if (e < 0) {
        free(name);
        return e;
    }
    mien_stats stats;
    mien_get_stats(run->pipeline, &stats);
    const struct mn_source_facts *f = mn_source_facts(run->source);
    struct mn_json j;
    mn_json_init(&j, out.file, true);
    mn_json_begin(&j, NULL, '{');
    ending(&j, result, err, verdict);
    origin(&j, o, run->pipeline);
    options(&j, o, mien_analysis_of(run->pipeline), &stats);
    input(&j, f);
    counts(&j, t, f);
    if (o->settings.exec == MIEN_PROCESSES)
        processes(&j, t, &stats);
    timings(&j, t, &stats);
    mn_json_end(&j, '}');
    e = mn_atomic_file_finish(&out, err == 0);
    if (e == 0 && err == 0)
        remove_partial(name);
    free(name);
    return e;
}

/* -------------------------------------------------------------------------------- reading ---- */

static int error_named(const char *name, size_t length)
{
    for (int e = -1; strcmp(mien_error_name(e), "MIEN_UNKNOWN") != 0; e--)
        if (strlen(mien_error_name(e)) == length && !strncmp(mien_error_name(e), name, length))
            return e;
    return 0;
}

static void read_numbers(struct mn_sidecar *s, const char *item)
{
    sscanf(item, "\"bytes\": %" SCNd64, &s->bytes);
    sscanf(item, "\"result_bytes\": %" SCNd64, &s->result_bytes);
    sscanf(item, "\"analysed\": %" SCNd64, &s->frames);
    sscanf(item, "\"with_face\": %" SCNd64, &s->with_face);
    sscanf(item, "\"rows\": %" SCNd64, &s->rows);
    sscanf(item, "\"people\": %" SCNd64, &s->people);
}

/* One item, which stands on a line of its own. Returns true for the recipe, which only our own
 * sidecars have. */
static bool read_item(struct mn_sidecar *s, const char *item)
{
    unsigned long long recipe;
    double seconds;
    if (sscanf(item, "\"recipe\": \"%16llx\"", &recipe) == 1) {
        s->recipe = recipe;
        return true;
    }
    if (!strncmp(item, "\"complete\": true", 16))
        s->complete = true;
    else if (!strncmp(item, "\"status\": \"", 11))
        s->status = error_named(item + 11, strcspn(item + 11, "\""));
    else if (sscanf(item, "\"seconds\": %lf", &seconds) == 1)
        s->milliseconds = seconds >= 0 && seconds < 1e12 ? (int64_t)(seconds * 1e3 + 0.5) : 0;
    else
        read_numbers(s, item);
    return false;
}

/* No string in a sidecar contains a line feed, so lines are items. */
static bool read_named(struct mn_sidecar *s, const char *name)
{
    *s = (struct mn_sidecar){.result_bytes = -1};
    FILE *file = name ? fopen(name, "re") : NULL;
    if (!file)
        return false;
    char line[256];
    bool ours = false, at_start = true; /* a long line comes in several parts */
    for (int n = 0; n < 10000 && fgets(line, sizeof(line), file); n++) {
        if (at_start && read_item(s, line + strspn(line, " ")))
            ours = true;
        at_start = strchr(line, '\n') != NULL;
    }
    fclose(file);
    return ours;
}

bool mn_sidecar_read(struct mn_sidecar *s, const char *result)
{
    char *name = mn_sidecar_name(result);
    const bool ours = read_named(s, name);
    free(name);
    return ours;
}

bool mn_sidecar_begun(const char *result, uint64_t recipe)
{
    struct mn_sidecar s;
    char *name = mn_path_with_suffix(result, ".meta.json.partial");
    const bool begun = read_named(&s, name) && s.recipe == recipe;
    free(name);
    return begun;
}

enum { MOST_TEXT = 1 << 20 }; /* bytes */

char *mn_sidecar_text(const char *result)
{
    char *name = mn_sidecar_name(result);
    FILE *file = name ? fopen(name, "re") : NULL;
    char *text = file ? malloc(MOST_TEXT + 1) : NULL;
    size_t n = text ? fread(text, 1, MOST_TEXT + 1, file) : 0;
    if (file)
        fclose(file);
    free(name);
    if (n == 0 || n > MOST_TEXT) {
        free(text);
        return NULL;
    }
    text[n] = 0;
    return text;
}

/* The writer escapes quotes, backslashes and control characters; none of the latter is kept. */
static void unescape(char *out, size_t size, const char *s)
{
    size_t n = 0;
    for (; *s && *s != '"' && *s != '\n' && n + 1 < size; s++) {
        if (*s == '\\' && s[1] == 'u')
            s += strnlen(s, 6) - 1;
        else if (*s == '\\' && s[1])
            out[n++] = *++s;
        else
            out[n++] = *s;
    }
    out[n] = 0;
}

void mn_sidecar_input(const char *result, char *path, size_t size)
{
    static const char key[] = "\"name\": \"";
    char *text = mn_sidecar_text(result);
    const char *input = text ? strstr(text, "\"input\": {") : NULL,
               *name = input ? strstr(input, key) : NULL;
    path[0] = 0;
    if (name)
        unescape(path, size, name + sizeof(key) - 1);
    free(text);
}
