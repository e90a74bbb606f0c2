#include "report/sidecar.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io/json.h"
#include "io/atomic_file.h"
#include "io/msg.h"
#include "source/isolated/sandbox.h"

char *mn_sidecar_name(const char *result)
{
    if (mn_path_is_stream(result))
        return NULL;
    size_t size = strlen(result) + sizeof(".meta.json");
    char *name = malloc(size);
    if (name)
        snprintf(name, size, "%s.meta.json", result);
    return name;
}

static void versions(struct mn_json *j)
{
    char text[700];
    mn_json_begin(j, "versions", '{');
    mn_json_str(j, "mien", MIEN_VERSION);
    mien_runtime_version(text, sizeof(text));
    char *paren = strstr(text, " ("); /* where it lies says nothing about the result */
    if (paren)
        *paren = 0;
    mn_json_str(j, "inference", text);
    mn_source_version(text, sizeof(text));
    mn_json_str(j, "media", text);
    mn_json_end(j, '}');
}

/* Who reads the rows later should not need this program to know what they are worth. */
static void experimental(struct mn_json *j)
{
    mn_json_begin(j, "experimental", '[');
    for (int i = 0; i < MIEN_AU_PRESENCES; i++) {
        char name[8];
        snprintf(name, sizeof(name), "AU%02d", mien_au_presence_unit[i]);
        if (mien_builtin_au_experimental(mien_au_presence_unit[i]))
            mn_json_str(j, NULL, name);
    }
    mn_json_end(j, ']');
}

static void models(struct mn_json *j, mien_pipeline *p)
{
    mien_model_use use[MIEN_MODELS_MAX];
    int n = mien_models_used(p, use, MIEN_MODELS_MAX);
    mn_json_begin(j, "models", '[');
    for (int i = 0; i < n; i++) {
        mn_json_begin(j, NULL, '{');
        mn_json_str(j, "role", use[i].role);
        mn_json_str(j, "name", use[i].name);
        mn_json_str(j, "file", use[i].path);
        mn_json_str(j, "sha256", use[i].sha256);
        mn_json_str(j, "licence", use[i].licence);
        mn_json_str(j, "provider", use[i].provider);
        if (!strncmp(use[i].name, "builtin-au", strlen("builtin-au"))) /* or -static */
            experimental(j);
        mn_json_end(j, '}');
    }
    mn_json_end(j, ']');
}

const char *mn_providers_used(mien_pipeline *p, char buf[MN_PROVIDERS_USED])
{
    mien_model_use use[MIEN_MODELS_MAX];
    int n = mien_models_used(p, use, MIEN_MODELS_MAX);
    bool same = true;
    size_t used = 0;
    for (int i = 1; i < n; i++)
        same =
            same && (!strcmp(use[i].provider, use[0].provider) || !strcmp(use[i].provider, "mien"));
    if (n == 0 || same)
        return n ? use[0].provider : NULL;
    buf[0] = 0;
    for (int i = 0; i < n && used < MN_PROVIDERS_USED; i++)
        if (strcmp(use[i].provider, "mien")) /* networks come first */
            used += (size_t)snprintf(buf + used, MN_PROVIDERS_USED - used, "%s%s=%s",
                                     used ? "," : "", use[i].role, use[i].provider);
    return buf;
}

/* The options that decide the numbers. */
static void choices(struct mn_json *j, const struct mn_options *o, unsigned analysis,
                    const mien_stats *stats)
{
    const mien_settings *s = &o->settings;
    mn_json_int(j, "intra_op", s->intra_op ? s->intra_op : 1);
    mn_json_int(j, "detect_every", stats->detect_every);
    if (s->gaze_size)
        mn_json_int(j, "input_size", s->gaze_size);
    if (s->detector_size)
        mn_json_int(j, "detector_size", s->detector_size);
    else
        mn_json_str(j, "detector_size", "auto");
    mn_json_int(j, "max_faces", s->max_faces ? s->max_faces : MIEN_FACES_LIMIT);
    mn_json_num(j, "min_face_px", (double)s->min_face, 2);
    mn_json_num(j, "det_threshold", s->det_threshold > 0 ? (double)s->det_threshold : 0.5, 4);
    mn_json_num(j, "smooth_s", s->smooth, 4);
    mn_json_bool(j, "swap_gaze_heads", s->swap_gaze_heads);
    mn_json_begin(j, "analysis", '[');
    static const char *const names[] = {"gaze", "landmarks", "pose", "shape", "au", "eyes"};
    for (int i = 0; i < 6; i++)
        if (analysis & 1u << i)
            mn_json_str(j, NULL, names[i]);
    mn_json_end(j, ']');
    if (o->output)
        mn_json_str(j, "format", mn_sink_rows(o->format, o->output)->name);
    mn_json_str(j, "columns", o->openface ? "openface" : "mien");
    mn_json_str(j, "landmarks", s->landmark_method == MIEN_LANDMARK_CLNF ? "clnf" : "network");
    mn_json_bool(j, "static", s->independent_frames);
    mn_json_str(j, "landmarks_from", o->landmarks_from);
    mn_json_int(j, "person", o->person);
    const double camera[] = {s->fx, s->fy, s->cx, s->cy};
    const char *const camera_names[] = {"fx_px", "fy_px", "cx_px", "cy_px"};
    for (int i = 0; i < 4; i++) /* null: guessed from the picture's size */
        mn_json_num(j, camera_names[i], camera[i] > 0 ? camera[i] : NAN, 3);
    if (o->rotate < 0)
        mn_json_str(j, "rotate", "auto");
    else
        mn_json_int(j, "rotate", o->rotate);
    mn_json_num(j, "fps", o->fps > 0 ? o->fps : NAN, 6);
    mn_json_str(j, "color", o->tagged_colour ? "tagged" : "opencv");
    mn_json_num(j, "start_s", o->start, 6);
    mn_json_int(j, "max_frames", o->max_frames);
    mn_json_int(j, "frame_skip", o->frame_skip);
}

static void options(struct mn_json *j, const struct mn_options *o, unsigned analysis,
                    const mien_stats *stats)
{
    mn_json_begin(j, "options", '{');
    mn_json_str(j, "exec", mn_exec_name(o->settings.exec));
    mn_json_int(j, "workers", stats->workers);
    choices(j, o, analysis, stats);
    mn_json_end(j, '}');
}

#define FNV_START 0xcbf29ce484222325 /* FNV-1a */

static uint64_t fnv(uint64_t hash, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3;
    return hash;
}

/* Of a file's content; what cannot be read is said by who needs it. */
static uint64_t fnv_of_file(uint64_t hash, const char *path)
{
    FILE *file = fopen(path, "re");
    char part[16384];
    for (size_t n; file && (n = fread(part, 1, sizeof(part), file)) > 0;)
        hash = fnv(hash, part, n);
    if (file)
        fclose(file);
    return hash;
}

uint64_t mn_sidecar_recipe(const struct mn_options *o, mien_pipeline *p)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (!file)
        return 1;
    mien_stats stats;
    mien_model_use use[MIEN_MODELS_MAX];
    int n = mien_models_used(p, use, MIEN_MODELS_MAX);
    mien_get_stats(p, &stats);
    struct mn_json j;
    mn_json_init(&j, file, false);
    mn_json_begin(&j, NULL, '{');
    mn_json_str(&j, "mien", MIEN_VERSION);
    for (int i = 0; i < n; i++)
        mn_json_str(&j, use[i].role, use[i].sha256);
    mn_json_str(&j, "provider", o->settings.provider);
    choices(&j, o, mien_analysis_of(p), &stats);
    mn_json_end(&j, '}');
    uint64_t hash = fclose(file) == 0 ? fnv(FNV_START, text, size) : FNV_START;
    free(text);
    if (o->landmarks_from)
        hash = fnv_of_file(hash, o->landmarks_from);
    return hash ? hash : 1;
}

static int error_named(const char *name, size_t length)
{
    for (int e = -1; strcmp(mien_error_name(e), "MIEN_UNKNOWN") != 0; e--)
        if (strlen(mien_error_name(e)) == length && !strncmp(mien_error_name(e), name, length))
            return e;
    return 0;
}

/* Its items stand on lines of their own, and no string holds a line's end. */
bool mn_sidecar_read(struct mn_account *a, const char *result)
{
    *a = (struct mn_account){.result_bytes = -1};
    char *name = mn_sidecar_name(result);
    FILE *file = name ? fopen(name, "re") : NULL;
    free(name);
    if (!file)
        return false;
    char line[256];
    bool ours = false, at_start = true;
    double seconds = 0;
    for (int n = 0; n < 10000 && fgets(line, sizeof(line), file); n++) {
        const char *item = line + strspn(line, " ");
        unsigned long long v;
        if (at_start && sscanf(item, "\"recipe\": \"%16llx\"", &v) == 1) {
            a->recipe = v;
            ours = true;
        } else if (at_start && !strncmp(item, "\"complete\": true", 16)) {
            a->complete = true;
        } else if (at_start && !strncmp(item, "\"status\": \"", 11)) {
            a->status = error_named(item + 11, strcspn(item + 11, "\""));
        } else if (at_start && sscanf(item, "\"seconds\": %lf", &seconds) == 1) {
            a->milliseconds = seconds >= 0 && seconds < 1e12 ? (int64_t)(seconds * 1e3 + 0.5) : 0;
        } else if (at_start) {
            sscanf(item, "\"bytes\": %" SCNd64, &a->bytes);
            sscanf(item, "\"result_bytes\": %" SCNd64, &a->result_bytes);
            sscanf(item, "\"analysed\": %" SCNd64, &a->frames);
            sscanf(item, "\"with_face\": %" SCNd64, &a->with_face);
            sscanf(item, "\"rows\": %" SCNd64, &a->rows);
            sscanf(item, "\"people\": %" SCNd64, &a->people);
        }
        at_start = strchr(line, '\n') != NULL;
    }
    fclose(file);
    return ours;
}

static void input(struct mn_json *j, const struct mn_source_facts *f)
{
    mn_json_begin(j, "input", '{');
    struct stat st;
    mn_json_str(j, "name", f->name);
    if (!f->live && stat(f->name, &st) == 0 && S_ISREG(st.st_mode))
        mn_json_int(j, "bytes", st.st_size);
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
    mn_json_bool(j, "live", f->live);
    char sandbox[40];
    mn_json_str(j, "decoder",
                !f->isolated ? "in the program" : mn_sandbox_names(f->sandbox, sandbox));
    mn_json_bool(j, "damaged", f->damage[0] != 0);
    if (f->damage[0])
        mn_json_str(j, "damage", f->damage);
    mn_json_int(j, "damaged_packets", f->packets_damaged);
    mn_json_int(j, "damaged_frames", f->frames_damaged);
    mn_json_int(j, "size_changes", f->size_changes);
    mn_json_int(j, "irregular_timestamps", f->times_irregular);
    if (f->live)
        mn_json_int(j, "reconnects", f->reconnects);
    mn_json_end(j, '}');
}

/* decoded = skipped + passed over + analysed + discarded (taken from the source, not analysed: an
 * interrupted or failed run), and dropped ones were decoded by a live source but never taken. */
static void counts(struct mn_json *j, const struct mn_loop *l, const struct mn_source_facts *f)
{
    mn_json_begin(j, "frames", '{');
    mn_json_int(j, "decoded", f->frames_decoded);
    mn_json_int(j, "skipped_before_start", l->skipped);
    mn_json_int(j, "passed_over", l->passed_over);
    mn_json_int(j, "dropped_live", f->frames_dropped);
    mn_json_int(j, "analysed", l->frames);
    mn_json_int(j, "discarded",
                f->frames_decoded - l->skipped - l->passed_over - f->frames_dropped - l->frames);
    mn_json_int(j, "with_face", l->frames_with_face);
    mn_json_int(j, "without_face", l->frames - l->frames_with_face);
    mn_json_end(j, '}');
    mn_json_int(j, "rows", l->rows);
    mn_json_int(j, "faces", l->faces);
    mn_json_int(j, "people", l->people);
}

/* Only where workers are processes. */
static void processes(struct mn_json *j, const struct mn_loop *l, const mien_stats *stats)
{
    mn_json_begin(j, "processes", '{');
    mn_json_int(j, "restarts", stats->restarts);
    mn_json_int(j, "pictures_copied", stats->copied);
    mn_json_int(j, "quarantined", l->quarantined);
    mn_json_begin(j, "quarantined_frames", '[');
    for (int i = 0; i < l->quarantined && i < MN_QUARANTINED_NAMED; i++)
        mn_json_int(j, NULL, l->quarantined_frame[i]);
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

static void timings(struct mn_json *j, const struct mn_loop *l, const mien_stats *s)
{
    mn_json_begin(j, "timings", '{');
    mn_json_num(j, "seconds", l->seconds, 6);
    mn_json_num(j, "fps", l->seconds > 0 ? (double)l->frames / l->seconds : 0, 3);
    mn_json_num(j, "first_row_s", l->first_row, 6);
    mn_json_num(j, "queue_mean", s->queue_mean, 3);
    mn_json_int(j, "queue_max", s->queue_max);
    mn_json_int(j, "frames_in_pool", s->frames_in_pool);
    mn_json_begin(j, "stages", '{');
    hist_span(j, "decode", &l->decode);
    for (int i = 0; i < s->num_spans; i++) {
        const mien_span *p = &s->span[i];
        span(j, p->name, p->count, p->total, p->median, p->p95, p->max);
    }
    hist_span(j, "sinks", &l->sinks);
    mn_json_end(j, '}');
    mn_json_end(j, '}');
}

int mn_sidecar_write(const char *result, const struct mn_options *o, const struct mn_loop *l,
                     int err, int verdict)
{
    char *name = mn_sidecar_name(result);
    if (!name)
        return 0;
    struct mn_atomic_file out;
    int e = mn_atomic_file_open(&out, name, true);
    if (e < 0) {
        free(name);
        return e;
    }
    mien_stats stats;
    mien_get_stats(l->pipeline, &stats);
    const struct mn_source_facts *f = mn_source_facts(l->source);
    char now[40];
    time_t t = time(NULL);
    struct tm tm;
    strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));

    struct mn_json j;
    mn_json_init(&j, out.file, true);
    mn_json_begin(&j, NULL, '{');
    mn_json_bool(&j, "complete", err == 0 && verdict != MIEN_EDAMAGED);
    mn_json_str(&j, "status", mien_error_name(err ? err : verdict));
    mn_json_str(&j, "explanation", mien_strerror(err ? err : verdict));
    mn_json_str(&j, "result", result);
    struct stat st;
    if (err == 0 && stat(result, &st) == 0)
        mn_json_int(&j, "result_bytes", st.st_size);
    mn_json_str(&j, "written", now);
    if (o->recipe) {
        char recipe[20];
        snprintf(recipe, sizeof(recipe), "%016" PRIx64, o->recipe);
        mn_json_str(&j, "recipe", recipe);
    }
    versions(&j);
    char providers[MN_PROVIDERS_USED];
    mn_json_str(&j, "provider", mn_providers_used(l->pipeline, providers));
    models(&j, l->pipeline);
    options(&j, o, mien_analysis_of(l->pipeline), &stats);
    input(&j, f);
    counts(&j, l, f);
    if (o->settings.exec == MIEN_PROCESSES)
        processes(&j, l, &stats);
    timings(&j, l, &stats);
    mn_json_end(&j, '}');

    e = mn_atomic_file_finish(&out, err == 0);
    if (e == 0 && err == 0) { /* what an earlier, interrupted run left */
        char *stale = malloc(strlen(name) + sizeof(".partial"));
        if (stale) {
            sprintf(stale, "%s.partial", name);
            unlink(stale);
            free(stale);
        }
    }
    free(name);
    return e;
}

static void line(FILE *file, const char *name, int64_t count, double total, double median,
                 double p95, double all)
{
    if (count)
        fprintf(file, "  %-16s %8lld %11.3f %11.3f %8.1f %%\n", name, (long long)count,
                median * 1e3, p95 * 1e3, all > 0 ? 100 * total / all : 0);
}

void mn_stages_print(FILE *file, const struct mn_loop *l, const mien_stats *stats)
{
    double all = l->decode.total + l->sinks.total;
    for (int i = 0; i < stats->num_spans; i++)
        all += stats->span[i].total;
    fprintf(file, "  %-16s %8s %11s %11s %10s\n", "stage", "count", "median ms", "p95 ms", "share");
    line(file, "decode", l->decode.count, l->decode.total, mn_hist_quantile(&l->decode, 0.5),
         mn_hist_quantile(&l->decode, 0.95), all);
    for (int i = 0; i < stats->num_spans; i++)
        line(file, stats->span[i].name, stats->span[i].count, stats->span[i].total,
             stats->span[i].median, stats->span[i].p95, all);
    if (l->num_sinks)
        line(file, "rows, video", l->sinks.count, l->sinks.total, mn_hist_quantile(&l->sinks, 0.5),
             mn_hist_quantile(&l->sinks, 0.95), all);
}

void mn_stats_print(FILE *file, const struct mn_loop *l)
{
    mien_stats s;
    mien_get_stats(l->pipeline, &s);
    mn_stages_print(file, l, &s);
    fprintf(file, "  queue: %.1f frames waiting on average, %d at most; %d frames in the pool\n",
            s.queue_mean, s.queue_max, s.frames_in_pool);
}
