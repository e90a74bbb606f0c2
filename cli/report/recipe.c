#include "report/recipe.h"

#include <math.h>
#include <mien/models.h>
#include <mien/stats.h>
#include <stdlib.h>
#include <string.h>

#include "report/models_used.h"
#include "sink/hide.h"

/* --------------------------------------------------------------------------- options as JSON ----
 */

static void detection(struct mn_json *j, const mien_settings *s, const mien_stats *stats)
{
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
    mn_json_num(j, "smooth_s", s->smooth > 0 ? s->smooth : 0, 4);
    mn_json_bool(j, "swap_gaze_heads", s->swap_gaze_heads);
}

static void analyses(struct mn_json *j, unsigned analysis)
{
    const char *name;
    mn_json_begin(j, "analysis", '[');
    for (unsigned bit = 1; (name = mien_analysis_name(bit)); bit <<= 1)
        if (analysis & bit)
            mn_json_str(j, NULL, name);
    mn_json_end(j, ']');
}

/* The source that was used, also where it was chosen by mien. */
static void landmarks(struct mn_json *j, const mien_settings *s)
{
    char name[32];
    if (mien_settings_get(s, "landmark_method", name, sizeof(name)) == 0)
        mn_json_str(j, "landmarks", name);
    if (s->wild)
        mn_json_bool(j, "wild", true);
}

/* Only where the multitask network runs. */
static void multitask(struct mn_json *j, const mien_settings *s)
{
    static const char *const names[] = {"mtl_crop", "mtl_resampler"};
    char value[32];
    for (int i = 0; s->mtl_model && i < 2; i++)
        if (mien_settings_get(s, names[i], value, sizeof(value)) == 0)
            mn_json_str(j, names[i], value);
}

static void result(struct mn_json *j, const struct mn_options *o)
{
    const mien_settings *s = &o->settings;
    if (o->output)
        mn_json_str(j, "format", mn_sink_rows(o->format, o->output)->name);
    mn_json_str(j, "columns", o->openface ? "openface" : "mien");
    if (o->claimed_only)
        mn_json_bool(j, "claimed_only", true);
    landmarks(j, s);
    multitask(j, s);
    mn_json_bool(j, "static", s->independent_frames);
    mn_json_str(j, "landmarks_from", o->landmarks_from);
    mn_json_int(j, "person", o->person);
    if (o->anonymise)
        mn_json_str(j, "anonymise", mn_hide_name((enum mn_hide)o->anonymise));
}

static void camera(struct mn_json *j, const mien_settings *s)
{
    const double value[] = {s->fx, s->fy, s->cx, s->cy};
    const char *const name[] = {"fx_px", "fy_px", "cx_px", "cy_px"};
    for (int i = 0; i < 4; i++) /* null: estimated from the size of the picture */
        mn_json_num(j, name[i], value[i] > 0 ? value[i] : NAN, 3);
}

static void input(struct mn_json *j, const struct mn_options *o)
{
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

void mn_recipe_options(struct mn_json *j, const struct mn_options *o, unsigned analysis,
                       const mien_stats *stats)
{
    detection(j, &o->settings, stats);
    analyses(j, analysis);
    result(j, o);
    camera(j, &o->settings);
    input(j, o);
}

/* ----------------------------------------------------------------------------------- hash ---- */

#define FNV_START 0xcbf29ce484222325 /* FNV-1a, 64 bits */

static uint64_t fnv(uint64_t hash, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3;
    return hash;
}

/* The content of a file. The reader of the table reports errors. */
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

static void write_recipe(FILE *file, const struct mn_options *o, mien_pipeline *p)
{
    mien_stats stats;
    mien_model_use *use;
    struct mn_json j;
    int n = mn_models_used(p, &use);
    mien_get_stats(p, &stats);
    mn_json_init(&j, file, false);
    mn_json_begin(&j, NULL, '{');
    mn_json_str(&j, "mien", MIEN_VERSION);
    for (int i = 0; i < n; i++)
        mn_json_str(&j, use[i].role, use[i].sha256);
    mn_json_str(&j, "provider", o->settings.provider);
    mn_recipe_options(&j, o, mien_analysis_of(p), &stats);
    mn_json_end(&j, '}');
    free(use);
}

uint64_t mn_recipe_hash(const struct mn_options *o, mien_pipeline *p)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (!file)
        return 1;
    write_recipe(file, o, p);
    uint64_t hash = fclose(file) == 0 ? fnv(FNV_START, text, size) : FNV_START;
    free(text);
    if (o->landmarks_from)
        hash = fnv_of_file(hash, o->landmarks_from);
    return hash ? hash : 1;
}
