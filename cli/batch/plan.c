#include "batch/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/session.h"
#include "batch/folder.h"
#include "io/atomic_file.h"
#include "io/msg.h"
#include "report/sidecar.h"
#include "sink/sink.h"

/* The folder itself only, so that a mistyped path does not grow a tree. */
static int make_one(const char *path)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return 0;
    return mn_atomic_file_error(path, errno);
}

/* Makes the folder and those it lies in, from the byte `from` of its path on. */
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

static struct mn_job *add(struct mn_batch *b)
{
    if (b->n == b->room) {
        int room = b->room ? 2 * b->room : 16;
        struct mn_job *more = realloc(b->job, (size_t)room * sizeof(*more));
        if (!more)
            return NULL;
        b->job = more;
        b->room = room;
    }
    memset(&b->job[b->n], 0, sizeof(*b->job));
    return &b->job[b->n++];
}

/* Name of a result in folder `out`, below which the folders of `rel` are made; malloced. whole: the
 * extension of the input stays part of the name. */
static int result_name(char **name, const char *out, const char *rel, const char *extension,
                       bool whole)
{
    const char *slash = strrchr(rel, '/'), *dot = strrchr(rel, '.');
    size_t n = strlen(out), deep = slash ? (size_t)(slash - rel) : 0;
    while (n > 1 && out[n - 1] == '/')
        n--;
    char *folder = malloc(n + deep + 2), *ending = malloc(strlen(rel) + strlen(extension) + 1);
    int err = folder && ending ? 0 : MIEN_ENOMEM;
    if (err == 0) {
        snprintf(folder, n + deep + 2, "%.*s%s%.*s", (int)n, out, deep ? "/" : "", (int)deep, rel);
        sprintf(ending, "%s%s", whole && dot && (!slash || dot > slash) ? dot : "", extension);
        err = deep ? make_folder(folder, n + 1) : 0;
    }
    free(*name);
    *name = err == 0 ? mn_path_in_folder(folder, rel, ending) : NULL;
    free(folder);
    free(ending);
    return err ? err : *name ? 0 : MIEN_ENOMEM;
}

static int name_results(struct mn_job *job, const struct mn_options *o, bool whole)
{
    const char *extension = mn_sink_rows(o->format, NULL)->extensions[0];
    int err = 0;
    if (mn_path_is_folder(o->output))
        err = result_name(&job->rows, o->output, job->place, extension, whole);
    else if (!(job->rows = strdup(o->output)))
        err = MIEN_ENOMEM;
    if (err == 0 && o->video && mn_path_is_folder(o->video))
        err = result_name(&job->video, o->video, job->place, mn_sink_video.extensions[0], whole);
    else if (err == 0 && o->video && !(job->video = strdup(o->video)))
        err = MIEN_ENOMEM;
    return err;
}

static int add_named(struct mn_batch *b, const struct mn_options *o, const char *input)
{
    struct mn_job *job = add(b);
    struct stat st;
    if (!job || !(job->input = strdup(input)))
        return MIEN_ENOMEM;
    job->place = mn_path_last_part(job->input);
    if (stat(input, &st) == 0 && S_ISREG(st.st_mode))
        job->bytes = st.st_size;
    return name_results(job, o, false);
}

static int add_folder(struct mn_batch *b, const struct mn_options *o, const char *path)
{
    struct mn_folder f;
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    b->folders = true;
    const char *const results[] = {o->output, o->video};
    int err = mn_folder_list(&f, path, results, o->settings.independent_frames);
    b->unread += f.unread;
    if (err == 0 && f.n == 0)
        err = mn_fail(MIEN_EISDIR,
                      "%s has no videos (by their names' extensions) in it; name the files, "
                      "a sequence such as %.*s/%%04d.jpg, or give --independent to take its "
                      "pictures one by one",
                      path, (int)n, path);
    if (err == 0 && f.others)
        mn_msg(MIEN_LOG_INFO, "%s: %d videos; %d other files are passed over", path, f.n, f.others);
    for (int i = 0; err == 0 && i < f.n; i++) {
        struct mn_job *job = add(b);
        if (!job) {
            err = MIEN_ENOMEM;
            break;
        }
        job->input = f.file[i].path;
        f.file[i].path = NULL; /* it is the job's now */
        job->place = job->input + f.file[i].place;
        job->bytes = f.file[i].bytes;
        job->found = true;
        err = name_results(job, o, false);
    }
    mn_folder_free(&f);
    return err;
}

static int by_result(const void *a, const void *b)
{
    const struct mn_job *x = *(struct mn_job *const *)a, *y = *(struct mn_job *const *)b;
    int order = strcmp(x->rows, y->rows);
    return order ? order : x < y ? -1 : 1;
}

/* talk.mp4 and talk.avi of a folder: both keep their extensions. Named by the user, or still alike,
 * they are an error. */
static int part_alike(struct mn_batch *b, const struct mn_options *o)
{
    struct mn_job **by = malloc((size_t)b->n * sizeof(*by));
    int err = by ? 0 : MIEN_ENOMEM;
    for (int round = 0; round < 2 && err == 0; round++) {
        for (int i = 0; i < b->n; i++)
            by[i] = &b->job[i];
        qsort(by, (size_t)b->n, sizeof(*by), by_result);
        for (int i = 0, k; i < b->n && err == 0; i = k) {
            for (k = i + 1; k < b->n && !strcmp(by[k]->rows, by[i]->rows); k++)
                ;
            bool found = true;
            for (int m = i; m < k; m++)
                found = found && by[m]->found;
            if (k - i > 1 && (round || !found))
                err = mn_fail(MIEN_EINVAL, "%s and %s would both be written to %s; run them apart",
                              by[i]->input, by[i + 1]->input, by[i]->rows);
            char *alike = k - i > 1 && err == 0 && o->resume && access(by[i]->rows, F_OK) == 0
                              ? by[i]->rows
                              : NULL;
            if (alike)
                by[i]->rows = NULL;
            for (int m = i; m < k && k - i > 1 && err == 0; m++)
                err = name_results(by[m], o, true);
            if (alike && err == 0)
                mn_msg(
                    MIEN_LOG_WARNING,
                    "%s is of an earlier run, when one input was called so; now there are %s and "
                    "%s, whose results keep their extensions: remove it, or it counts twice",
                    alike, by[i]->input, by[i + 1]->input);
            free(alike);
        }
    }
    free(by);
    return err;
}

static int check_places(const struct mn_options *o)
{
    bool folder = mn_path_is_folder(o->output), several = o->num_inputs > 1;
    const char *first = o->inputs[0];
    for (int i = 0; i < o->num_inputs && !several; i++)
        several = mn_path_is_folder(o->inputs[i]);
    if (!folder && several && o->num_inputs > 1)
        return mn_fail(MIEN_EINVAL, "%d inputs need a folder: -o FOLDER/", o->num_inputs);
    if (!folder && several)
        return mn_fail(MIEN_EINVAL, "the folder %s needs a folder for its results: -o FOLDER/",
                       first);
    if (o->landmarks_from && several)
        return mn_fail(MIEN_EINVAL,
                       "the landmarks of one table belong to one video; name that alone after "
                       "--landmarks-from %s",
                       o->landmarks_from);
    if (o->openface && !mn_sink_rows(o->format, folder ? NULL : o->output)->openface)
        return mn_fail(MIEN_EINVAL,
                       "OpenFace's table is CSV; use --columns openface with that, or not at all");
    if (o->video && several && !mn_path_is_folder(o->video))
        return mn_fail(MIEN_EINVAL, "several inputs need a folder for the videos: --video FOLDER/");
    if (!folder && !o->format && strcmp(o->output, "-") && !mn_sink_for(NULL, o->output))
        return mn_fail(MIEN_EINVAL,
                       "%s: the extension does not tell the format; use .csv, .jsonl, or "
                       "--format",
                       o->output);
    int err = folder ? make_one(o->output) : 0;
    if (err == 0 && o->video && mn_path_is_folder(o->video))
        err = make_one(o->video);
    return err;
}

int mn_batch_plan(struct mn_batch *b, const struct mn_options *o)
{
    memset(b, 0, sizeof(*b));
    int err = check_places(o);
    for (int i = 0; i < o->num_inputs && err == 0; i++) {
        struct stat st;
        bool folder = stat(o->inputs[i], &st) == 0 && S_ISDIR(st.st_mode);
        err = folder ? add_folder(b, o, o->inputs[i]) : add_named(b, o, o->inputs[i]);
    }
    if (err == 0)
        err = part_alike(b, o);
    struct mn_options checked = *o;
    checked.force = o->force || o->resume;
    for (int i = 0; i < b->n && err == 0; i++)
        err = mn_check_outputs(&checked, b->job[i].input, b->job[i].rows, b->job[i].video);
    return err;
}

void mn_batch_free(struct mn_batch *b)
{
    for (int i = 0; i < b->n; i++) {
        free(b->job[i].input);
        free(b->job[i].rows);
        free(b->job[i].video);
    }
    free(b->job);
    memset(b, 0, sizeof(*b));
}

enum mn_job_state mn_batch_earlier(const struct mn_job *job, const struct mn_options *o, int *err)
{
    struct mn_account a;
    struct stat st;
    *err = 0;
    if (mn_path_is_stream(job->rows) || stat(job->rows, &st) < 0)
        return MN_JOB_TODO;
    if (!mn_sidecar_read(&a, job->rows)) {
        *err = mn_fail(
            MIEN_EEXISTS,
            "%s is there, but its sidecar %s.meta.json is missing or unreadable, so how it was "
            "made is not known; remove it, use --force, or another folder with -o",
            job->rows, job->rows);
        return MN_JOB_FAILED;
    }
    if (!a.complete && a.recipe == o->recipe &&
        a.bytes != job->bytes) /* it was damaged; now it is another file */
        return MN_JOB_TODO;
    if (a.recipe != o->recipe || a.bytes != job->bytes) {
        *err =
            mn_fail(MIEN_EEXISTS,
                    "%s was made from another file or with other options, models or "
                    "version; remove it or use --force to make it anew, or another folder with -o",
                    job->rows);
        return MN_JOB_FAILED;
    }
    if (a.result_bytes >= 0 && st.st_size != a.result_bytes) {
        *err = mn_fail(
            MIEN_EEXISTS,
            "%s is not as it was written: it has %lld bytes instead of %lld; remove it or use "
            "--force to make it anew",
            job->rows, (long long)st.st_size, (long long)a.result_bytes);
        return MN_JOB_FAILED;
    }
    if (job->video && stat(job->video, &st) < 0)
        return MN_JOB_TODO;
    if (a.complete && a.status)
        *err = mn_fail(
            a.status,
            "%s: %s, as %s.meta.json says; its rows are kept; use --force to make them anew",
            job->input, mien_strerror(a.status), job->rows);
    else if (!a.complete)
        *err = mn_fail(MIEN_EDAMAGED,
                       "%s is damaged, as %s.meta.json says; its rows are kept; repair the "
                       "file and use --force to read it again",
                       job->input, job->rows);
    return MN_JOB_KEPT;
}

/* --------------------------------------------------------------------------------- summary ---- */

struct mn_summary {
    struct mn_atomic_file out;
};

int mn_summary_open(struct mn_summary **s, const char *path, bool replace)
{
    *s = calloc(1, sizeof(**s));
    if (!*s)
        return MIEN_ENOMEM;
    int err = mn_atomic_file_open(&(*s)->out, path, replace);
    if (err < 0) {
        free(*s);
        *s = NULL;
        return err;
    }
    fputs("input,result,state,status,frames,frames_with_face,rows,people,seconds,message\n",
          (*s)->out.file);
    return mn_atomic_file_flush(&(*s)->out);
}

/* Names of files may hold anything. */
static void cell(FILE *file, const char *text)
{
    if (!text[strcspn(text, ",\"\r\n")]) {
        fputs(text, file);
        return;
    }
    fputc('"', file);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', file);
        fputc(*text, file);
    }
    fputc('"', file);
}

int mn_summary_add(struct mn_summary *s, const struct mn_job *job, enum mn_job_state state, int err,
                   const char *message)
{
    static const char *const words[] = {"not begun", "done", "kept", "failed", "interrupted"};
    struct mn_account a = {0};
    bool known = (state == MN_JOB_DONE || state == MN_JOB_KEPT) && mn_sidecar_read(&a, job->rows);
    FILE *file = s->out.file;
    cell(file, job->input);
    fputc(',', file);
    cell(file, state == MN_JOB_DONE || state == MN_JOB_KEPT ? job->rows : "");
    fprintf(file, ",%s,%s,", words[state], state == MN_JOB_TODO ? "" : mien_error_name(err));
    if (known) {
        fprintf(file, "%lld,%lld,%lld,%lld,", (long long)a.frames, (long long)a.with_face,
                (long long)a.rows, (long long)a.people);
        fprintf(file, "%lld.%03d,", (long long)(a.milliseconds / 1000),
                (int)(a.milliseconds % 1000));
    } else {
        fputs(",,,,,", file);
    }
    cell(file, *message || state == MN_JOB_TODO || err == 0 ? message : mien_strerror(err));
    fputc('\n', file);
    return mn_atomic_file_flush(&s->out);
}

int mn_summary_close(struct mn_summary *s, bool complete)
{
    if (!s)
        return 0;
    int err = mn_atomic_file_finish(&s->out, complete);
    free(s);
    return err;
}
