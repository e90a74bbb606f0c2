#include "batch/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "batch/folder.h"
#include "io/atomic_file.h"
#include "io/msg.h"
#include "io/path.h"
#include "report/sidecar.h"
#include "run/session.h"
#include "sink/sink.h"

/* -------------------------------------------------------------------- folders for results ---- */

/* Makes one folder but not those above it, so that a mistyped path does not create a tree. */
static int make_one(const char *path)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return 0;
    return mn_atomic_file_error(path, errno, MN_CURE_OUTPUT);
}

/* Makes the folder and those above it, but only those whose names begin after byte `from`. */
static int make_folder(const char *path, size_t from)
{
    char *part = strdup(path);
    if (!part)
        return MIEN_ENOMEM;
    int err = 0;
    for (char *p = part + from; err == 0 && *p; p++) {
        char *slash = strchr(p, '/');
        if (slash)
            *slash = 0;
        err = make_one(part);
        if (!slash)
            break;
        *slash = '/';
        p = slash;
    }
    free(part);
    return err;
}

/* The folder for the result of `rel`: `out` with the folders that `rel` contains, which are made.
 * malloced into *folder. */
static int result_folder(char **folder, const char *out, const char *rel)
{
    const char *slash = strrchr(rel, '/');
    char *below = slash ? strndup(rel, (size_t)(slash - rel)) : NULL;
    *folder = below ? mn_path_join(out, below) : slash ? NULL : strdup(out);
    int err = *folder ? 0 : MIEN_ENOMEM;
    if (err == 0 && below)
        err = make_folder(*folder, strlen(*folder) - strlen(below));
    free(below);
    return err;
}

/* ------------------------------------------------------------------------ names of results ---- */

/* Name of a result in the folder `out`, malloced into *name. keep: the extension of the input stays
 * in the name. */
static int result_name(char **name, const char *out, const char *rel, const char *extension,
                       bool keep)
{
    const char *dot = strrchr(mn_path_last_part(rel), '.');
    char *folder = NULL, *ending = mn_path_with_suffix(keep && dot ? dot : "", extension);
    int err = ending ? result_folder(&folder, out, rel) : MIEN_ENOMEM;
    free(*name);
    *name = err == 0 ? mn_path_in_folder(folder, rel, ending) : NULL;
    free(folder);
    free(ending);
    return err ? err : *name ? 0 : MIEN_ENOMEM;
}

/* `out` is a folder or the name itself. */
static int name_result(char **name, const char *out, const struct mn_job *job,
                       const char *extension, bool keep)
{
    if (mn_path_is_folder(out))
        return result_name(name, out, job->place, extension, keep);
    free(*name);
    *name = strdup(out);
    return *name ? 0 : MIEN_ENOMEM;
}

static int name_results(struct mn_job *job, const struct mn_options *o, bool keep)
{
    const char *extension = mn_sink_rows(o->format, NULL)->extensions[0];
    int err = name_result(&job->rows, o->output, job, extension, keep);
    if (err == 0 && o->video)
        err = name_result(&job->video, o->video, job, mn_sink_video.extensions[0], keep);
    return err;
}

/* ----------------------------------------------------------------------------------- jobs ---- */

static struct mn_job *add(struct mn_plan *p)
{
    struct mn_job *job = mn_grow(p->job, p->n, &p->room, sizeof(*job));
    if (!job)
        return NULL;
    p->job = job;
    memset(&p->job[p->n], 0, sizeof(*p->job));
    return &p->job[p->n++];
}

static int add_named(struct mn_plan *p, const struct mn_options *o, const char *input)
{
    struct mn_job *job = add(p);
    struct stat st;
    if (!job || !(job->input = strdup(input)))
        return MIEN_ENOMEM;
    job->place = mn_path_last_part(job->input);
    if (stat(input, &st) == 0 && S_ISREG(st.st_mode))
        job->bytes = st.st_size;
    return name_results(job, o, false);
}

/* The job takes over the path of the file. */
static int add_found(struct mn_plan *p, const struct mn_options *o, struct mn_folder_file *file)
{
    struct mn_job *job = add(p);
    if (!job)
        return MIEN_ENOMEM;
    job->input = file->path;
    file->path = NULL;
    job->place = job->input + file->place;
    job->bytes = file->bytes;
    job->found = true;
    return name_results(job, o, false);
}

static int add_folder(struct mn_plan *p, const struct mn_options *o, const char *path)
{
    struct mn_folder f;
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    p->folders = true;
    const char *const results[] = {o->output, o->video};
    int err = mn_folder_list(&f, path, results, o->settings.independent_frames);
    p->unread += f.unread;
    if (err == 0 && f.n == 0)
        err = mn_fail(
            MIEN_EISDIR,
            "%s contains no files with the extension of a video; name the files, name a "
            "sequence such as %.*s/%%04d.jpg, or give --independent to analyse its pictures "
            "one by one",
            path, (int)n, path);
    if (err == 0 && f.others)
        mn_msg(MIEN_LOG_INFO, "%s: %d videos; %d other files are ignored", path, f.n, f.others);
    for (int i = 0; err == 0 && i < f.n; i++)
        err = add_found(p, o, &f.file[i]);
    mn_folder_free(&f);
    return err;
}

/* ------------------------------------------------------------------------ equal names ---- */

static int by_result(const void *a, const void *b)
{
    const struct mn_job *x = *(struct mn_job *const *)a, *y = *(struct mn_job *const *)b;
    int order = strcmp(x->rows, y->rows);
    return order ? order : x < y ? -1 : 1;
}

static bool all_found(struct mn_job *const *job, int n)
{
    for (int i = 0; i < n; i++)
        if (!job[i]->found)
            return false;
    return true;
}

/* n > 1 jobs have the same result. Those found in a folder, such as talk.mp4 and talk.avi, keep the
 * extensions of their inputs. It is an error if the user named them, or if that was tried. */
static int separate(struct mn_job **job, int n, const struct mn_options *o, bool tried)
{
    if (tried || !all_found(job, n))
        return mn_fail(MIEN_EINVAL, "%s and %s would both be written to %s; run them separately",
                       job[0]->input, job[1]->input, job[0]->rows);
    char *stale = NULL;
    if (o->resume && access(job[0]->rows, F_OK) == 0) {
        stale = job[0]->rows;
        job[0]->rows = NULL;
    }
    int err = 0;
    for (int i = 0; i < n && err == 0; i++)
        err = name_results(job[i], o, true);
    if (stale && err == 0)
        mn_msg(MIEN_LOG_WARNING,
               "%s is from an earlier run, when only one input had this name; now %s and %s have "
               "it, and their results keep their extensions: remove %s, or its input counts twice",
               stale, job[0]->input, job[1]->input, stale);
    free(stale);
    return err;
}

/* Twice: the new names may equal others. */
static int separate_results(struct mn_plan *p, const struct mn_options *o)
{
    struct mn_job **by = malloc((size_t)p->n * sizeof(*by));
    int err = by ? 0 : MIEN_ENOMEM;
    for (int round = 0; round < 2 && err == 0; round++) {
        for (int i = 0; i < p->n; i++)
            by[i] = &p->job[i];
        qsort(by, (size_t)p->n, sizeof(*by), by_result);
        for (int i = 0, end; i < p->n && err == 0; i = end) {
            for (end = i + 1; end < p->n && !strcmp(by[end]->rows, by[i]->rows); end++)
                ;
            if (end - i > 1)
                err = separate(&by[i], end - i, o, round > 0);
        }
    }
    free(by);
    return err;
}

/* ----------------------------------------------------------------------------------- plan ---- */

static int check_one_to_many(const struct mn_options *o, bool several)
{
    if (!several)
        return 0;
    if (!mn_path_is_folder(o->output) && o->num_inputs > 1)
        return mn_fail(MIEN_EINVAL, "%d inputs need a folder for their results: use -o FOLDER/",
                       o->num_inputs);
    if (!mn_path_is_folder(o->output))
        return mn_fail(MIEN_EINVAL, "the folder %s needs a folder for its results: use -o FOLDER/",
                       o->inputs[0]);
    if (o->landmarks_from)
        return mn_fail(MIEN_EINVAL,
                       "a table of landmarks belongs to one video; name only that video with "
                       "--landmarks-from %s",
                       o->landmarks_from);
    if (o->video && !mn_path_is_folder(o->video))
        return mn_fail(MIEN_EINVAL,
                       "several inputs need a folder for their videos: use --video FOLDER/");
    return 0;
}

static int check_format(const struct mn_options *o)
{
    bool folder = mn_path_is_folder(o->output);
    if (o->openface && !mn_sink_rows(o->format, folder ? NULL : o->output)->openface)
        return mn_fail(MIEN_EINVAL,
                       "OpenFace's table is CSV; use --columns openface with CSV, or remove it");
    if (!folder && !o->format && strcmp(o->output, "-") && !mn_sink_for(NULL, o->output))
        return mn_fail(MIEN_EINVAL,
                       "%s: the extension does not name a format; use .csv, .jsonl, or --format",
                       o->output);
    return 0;
}

static int check_places(const struct mn_options *o)
{
    bool several = o->num_inputs > 1;
    for (int i = 0; i < o->num_inputs && !several; i++)
        several = mn_path_is_folder(o->inputs[i]);
    int err = check_one_to_many(o, several);
    if (err == 0)
        err = check_format(o);
    if (err == 0 && mn_path_is_folder(o->output))
        err = make_one(o->output);
    if (err == 0 && o->video && mn_path_is_folder(o->video))
        err = make_one(o->video);
    return err;
}

int mn_plan_make(struct mn_plan *p, const struct mn_options *o)
{
    memset(p, 0, sizeof(*p));
    int err = check_places(o);
    for (int i = 0; i < o->num_inputs && err == 0; i++) {
        struct stat st;
        bool folder = stat(o->inputs[i], &st) == 0 && S_ISDIR(st.st_mode);
        err = folder ? add_folder(p, o, o->inputs[i]) : add_named(p, o, o->inputs[i]);
    }
    if (err == 0)
        err = separate_results(p, o);
    p->listed = p->n;
    for (int i = 0; i < p->n; i++)
        p->listed_bytes += p->job[i].bytes;
    return err;
}

int mn_plan_check(const struct mn_plan *p, const struct mn_options *o)
{
    struct mn_options checked = *o;
    int err = 0;
    checked.force = o->force || o->resume;
    for (int i = 0; i < p->n && err == 0; i++)
        err = mn_session_check_outputs(&checked, p->job[i].input, p->job[i].rows, p->job[i].video);
    return err;
}

void mn_plan_free(struct mn_plan *p)
{
    for (int i = 0; i < p->n; i++) {
        free(p->job[i].input);
        free(p->job[i].rows);
        free(p->job[i].video);
    }
    free(p->job);
    memset(p, 0, sizeof(*p));
}

static const struct mn_plan *ordered; /* for the comparison */

static int by_size(const void *a, const void *b)
{
    const int x = *(const int *)a, y = *(const int *)b;
    const int64_t p = ordered->job[x].bytes, q = ordered->job[y].bytes;
    return p != q ? (p > q ? -1 : 1) : x - y;
}

int *mn_plan_order(const struct mn_plan *p)
{
    int *order = calloc((size_t)p->n, sizeof(*order));
    for (int i = 0; order && i < p->n; i++)
        order[i] = i;
    ordered = p;
    if (order)
        qsort(order, (size_t)p->n, sizeof(*order), by_size);
    return order;
}

const char *mn_job_state_name(enum mn_job_state state)
{
    static const char *const names[] = {
        [MN_JOB_TODO] = "not begun",
        [MN_JOB_DONE] = "done",
        [MN_JOB_KEPT] = "kept",
        [MN_JOB_FAILED] = "failed",
        [MN_JOB_QUARANTINED] = "quarantined",
        [MN_JOB_INTERRUPTED] = "interrupted",
    };
    return names[state];
}

/* --------------------------------------------------------------------------------- resume ---- */

/* Was the existing result made from this input in this way, and is it as it was written? Else
 * MIEN_EEXISTS, after reporting it. */
static int check_origin(const struct mn_job *job, const struct mn_options *o,
                        const struct mn_sidecar *s, int64_t bytes)
{
    if (s->recipe != o->recipe || s->bytes != job->bytes)
        return mn_fail(MIEN_EEXISTS,
                       "%s was made from another file or with other options, models or version; "
                       "remove it, use --force to replace it, or another folder with -o",
                       job->rows);
    if (s->result_bytes >= 0 && bytes != s->result_bytes)
        return mn_fail(MIEN_EEXISTS,
                       "%s was changed after it was written: it has %lld bytes instead of %lld; "
                       "remove it or use --force to replace it",
                       job->rows, (long long)bytes, (long long)s->result_bytes);
    return 0;
}

/* An error that the earlier run reported and that leaves a complete result is reported again. */
static int repeat_error(const struct mn_job *job, const struct mn_sidecar *s)
{
    if (!s->complete)
        return mn_fail(MIEN_EDAMAGED,
                       "%s is damaged, according to %s.meta.json; its rows are kept; repair the "
                       "file and use --force to read it again",
                       job->input, job->rows);
    if (s->status)
        return mn_fail(s->status,
                       "%s: %s, according to %s.meta.json; its rows are kept; use --force to "
                       "analyse it again",
                       job->input, mien_strerror(s->status), job->rows);
    return 0;
}

enum mn_job_state mn_plan_earlier(const struct mn_job *job, const struct mn_options *o, int *err)
{
    struct mn_sidecar s;
    struct stat st;
    *err = 0;
    if (mn_path_is_stream(job->rows) || stat(job->rows, &st) < 0)
        return MN_JOB_TODO;
    if (!mn_sidecar_read(&s, job->rows)) {
        if (mn_sidecar_begun(job->rows, o->recipe))
            return MN_JOB_TODO;
        *err = mn_fail(MIEN_EEXISTS,
                       "%s exists, but its sidecar %s.meta.json is missing or unreadable, so its "
                       "options are not known; remove it, use --force, or another folder with -o",
                       job->rows, job->rows);
        return MN_JOB_FAILED;
    }
    bool repaired = !s.complete && s.recipe == o->recipe && s.bytes != job->bytes;
    if (repaired) /* the input was damaged; now it is another file */
        return MN_JOB_TODO;
    *err = check_origin(job, o, &s, st.st_size);
    if (*err < 0)
        return MN_JOB_FAILED;
    if (job->video && stat(job->video, &st) < 0)
        return MN_JOB_TODO;
    *err = repeat_error(job, &s);
    return MN_JOB_KEPT;
}
