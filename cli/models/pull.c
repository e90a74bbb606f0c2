#include "models/pull.h"

#include <dirent.h>
#include <errno.h>
#include <mien/mien.h>
#include <mien/models.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "models/http.h"
#include "models/model_file.h"
#include "io/msg.h"
#include "io/signal.h"

#define LARGEST ((int64_t)1 << 30) /* bytes; the library maps no larger model */

/* ------------------------------------------------------------------------- progress line ---- */

struct meter {
    bool show;
    const char *file;
    double start, last; /* monotonic seconds */
    int64_t first;      /* bytes that were there at the start */
};

static bool line_shown; /* for wipe_line, which mn_msg calls without a context */

static void wipe_line(void)
{
    if (line_shown)
        fputs("\r\033[K", stderr);
    line_shown = false;
}

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void draw(const struct meter *m, int64_t have, int64_t total, double now)
{
    const double mega = 1e-6;
    double rate = now > m->start ? (double)(have - m->first) / (now - m->start) : 0;
    fprintf(stderr, "\r\033[K%s  ", m->file);
    if (total > 0)
        fprintf(stderr, "%d%%  %.1f of %.1f MB", (int)(100 * have / total), (double)have * mega,
                (double)total * mega);
    else
        fprintf(stderr, "%.1f MB", (double)have * mega);
    fprintf(stderr, "  %.1f MB/s", rate * mega);
    line_shown = true;
}

static bool watch(void *ctx, int64_t have, int64_t total)
{
    struct meter *m = ctx;
    double now = m->show ? seconds_now() : 0;
    if (m->start == 0 || have < m->first) {
        m->start = now;
        m->first = have;
    }
    if (m->show && have > 0 && now - m->last > 0.1) {
        draw(m, have, total, now);
        m->last = now;
    }
    return !mn_signal_received;
}

/* ------------------------------------------------------------------------------ one file ---- */

struct pull {
    const struct mn_pull *job;
    const mien_model_info *m; /* the entry that is being fetched */
    char target[MN_PATH_SIZE];
    struct meter meter;
    struct mn_watch watch;
};

/* is: the entry that the file turned out to be. */
static void report(const struct pull *p, const char *what, const mien_model_info *is)
{
    wipe_line();
    if (is == p->m)
        printf("%s: %s (%s)\n", p->target, what, is->name);
    else
        printf("%s: %s; it is %s, which serves as %s\n", p->target, what, is->name, p->m->name);
    fflush(stdout);
}

/* Does the target exist already? MIEN_EEXISTS: another file is in its place. */
static int is_there(const struct pull *p, bool *there)
{
    *there = false;
    if (p->job->force)
        return 0;
    struct mn_model_file f = mn_model_file_probe(p->target);
    *there = mn_model_file_matches(f.entry, p->m);
    if (*there)
        report(p, "is there", f.entry);
    if (*there || f.state == MN_MODEL_MISSING)
        return 0;
    if (f.state == MN_MODEL_UNREADABLE)
        return mn_fail(MIEN_EEXISTS,
                       "%s exists and cannot be read; remove it, or choose another folder with "
                       "--models",
                       p->target);
    return mn_fail(MIEN_EEXISTS, "%s exists and is %s, not %s; use --force to replace it",
                   p->target, f.entry ? f.entry->name : "damaged or not in the registry",
                   p->m->name);
}

static int make_folders(const char *folder)
{
    char path[MN_PATH_SIZE];
    int err = mn_path_join_into(path, folder, "");
    if (err < 0)
        return err;
    for (char *c = path + 1; *c; c++) {
        if (*c != '/')
            continue;
        *c = 0;
        if (mkdir(path, 0777) < 0) {
            int errnum = errno; /* not always EEXIST where the parent is read-only */
            struct stat st;
            if (stat(path, &st) < 0)
                return mn_atomic_file_error(path, errnum, MN_CURE_MODELS);
            if (!S_ISDIR(st.st_mode))
                return mn_atomic_file_error(path, ENOTDIR, MN_CURE_MODELS);
        }
        *c = '/';
    }
    return 0;
}

static bool is_url(const char *from)
{
    return strstr(from, "://") != NULL;
}

/* Position in the registry: among several files that serve, the first one is preferred. */
static int rank(const mien_model_info *is)
{
    int i = 0;
    while (mien_model_at(i) && mien_model_at(i) != is)
        i++;
    return i;
}

/* Takes a file of the --from folder if it is preferred to *is, the best one so far. */
static void consider(const struct pull *p, const char *file, char best[MN_PATH_SIZE],
                     const mien_model_info **is)
{
    char path[MN_PATH_SIZE];
    if (*is == p->m || mn_path_join_into(path, p->job->from, file) < 0)
        return;
    struct mn_model_file f = mn_model_file_probe(path);
    if (!mn_model_file_matches(f.entry, p->m) ||
        (*is && f.entry != p->m && rank(*is) <= rank(f.entry)))
        return;
    *is = f.entry;
    memcpy(best, path, MN_PATH_SIZE);
}

/* The file of the --from folder that is the wanted one by digest, first under its own name, then
 * under any name that ends in .onnx. */
static int find_in_folder(const struct pull *p, char best[MN_PATH_SIZE])
{
    const char *folder = p->job->from;
    const mien_model_info *m = p->m, *is = NULL;
    DIR *dir = opendir(folder);
    if (!dir)
        return mn_fail(MIEN_ENOMODEL,
                       "%s cannot be read as a folder: %s; --from takes a folder or "
                       "an http, https or file address",
                       folder, strerror(errno));
    consider(p, m->file, best, &is);
    for (struct dirent *e; is != m && !mn_signal_received && (e = readdir(dir));) {
        size_t n = strlen(e->d_name);
        if (n > 5 && !strcasecmp(e->d_name + n - 5, ".onnx"))
            consider(p, e->d_name, best, &is);
    }
    closedir(dir);
    if (mn_signal_received)
        return MIEN_EINTERRUPTED;
    if (is)
        return 0;
    if (mn_path_join_into(best, folder, m->file) == 0 &&
        mn_model_file_probe(best).state == MN_MODEL_UNKNOWN)
        return mn_fail(MIEN_EBADMODEL,
                       "%s is damaged: its SHA-256 is not one that the registry has for %s; copy "
                       "it again",
                       best, m->file);
    return mn_fail(MIEN_ENOMODEL, "%s has no file of %s; name another place with --from", folder,
                   m->name);
}

/* Size of the largest file that serves. */
static int64_t size_limit(const mien_model_info *m)
{
    int64_t limit = 0;
    for (int i = 0; mien_model_at(i); i++) {
        const mien_model_info *k = mien_model_at(i);
        if (mn_model_file_matches(k, m) && (k->size == 0 || k->size > limit))
            limit = k->size ? k->size : LARGEST;
    }
    return limit;
}

/* Fills the part file; *source is where the bytes came from. */
static int obtain(struct pull *p, struct mn_download *part, char source[MN_PATH_SIZE],
                  bool *resumed)
{
    *resumed = false;
    const char *from = p->job->from;
    int err = 0;
    if (!from) {
        snprintf(source, MN_PATH_SIZE, "%s", p->m->url);
    } else if (is_url(from)) {
        err = mn_path_join_into(source, from, p->m->file);
    } else {
        err = find_in_folder(p, source);
        return err < 0 ? err : mn_download_copy(part, source, &p->watch);
    }
    return err < 0 ? err : mn_http_fetch(part, source, size_limit(p->m), &p->watch, resumed);
}

static int wrong_content(const struct pull *p, const char *source, const struct mn_model_file *f)
{
    if (f->entry)
        return mn_fail(MIEN_EBADMODEL,
                       "%s is %s, not %s; it was discarded, name another place with --from", source,
                       f->entry->name, p->m->name);
    return mn_fail(MIEN_EBADMODEL,
                   "%s is damaged or another file: its SHA-256 is %s, which the registry does "
                   "not have for %s; it was discarded, name another place with --from",
                   source, mn_model_file_digest(f), p->m->file);
}

/* Fills the part file and verifies it; a continued download with a wrong digest starts again once.
 * *is: the entry that the file turned out to be. */
static int fill(struct pull *p, struct mn_download *part, const mien_model_info **is)
{
    char source[MN_PATH_SIZE] = "";
    struct mn_model_file f = mn_model_file_probe(
        part->file.partial); /* complete if an earlier run ended just before renaming */
    bool resumed = true;
    for (int attempt = 0; attempt < 2 && resumed && !mn_model_file_matches(f.entry, p->m);
         attempt++) {
        int err = attempt ? mn_download_drop(part) : 0;
        if (err == 0)
            err = obtain(p, part, source, &resumed);
        if (err == MIEN_EBADMODEL)
            mn_download_drop(part);
        if (err < 0)
            return err;
        f = mn_model_file_probe(part->file.partial);
    }
    *is = f.entry;
    if (mn_model_file_matches(f.entry, p->m))
        return 0;
    int err = mn_download_drop(part);
    return err < 0 ? err : wrong_content(p, source, &f);
}

static int pull_locked(struct pull *p, struct mn_download *part)
{
    bool there;
    int err = is_there(p, &there); /* another process may have fetched it meanwhile */
    if (err == 0 && there)
        return mn_download_drop(part);
    const mien_model_info *is;
    if (err == 0)
        err = fill(p, part, &is);
    if (err == 0)
        err = mn_download_commit(part);
    if (err == 0)
        report(p, "fetched and verified", is);
    return err;
}

static int pull_one(struct pull *p, const mien_model_info *m)
{
    const char *folder = p->job->folder;
    p->m = m;
    p->meter.file = m->file;
    p->meter.start = 0;
    if (m->builtin)
        return mn_fail(MIEN_EINVAL, "%s is built in; use mien models verify to check it", m->name);
    if (strchr(m->file, '/'))
        return mn_fail(MIEN_ENOMODEL,
                       "%s is a folder of many files (%s); copy its folder openface22 "
                       "to %s",
                       m->name, m->origin, folder);
    bool there = false;
    int err = mn_path_join_into(p->target, folder, m->file);
    if (err == 0)
        err = is_there(p, &there);
    if (err < 0 || there)
        return err;
    if (!m->url && !p->job->from)
        return mn_fail(MIEN_ENOMODEL,
                       "there is no download for %s (%s); copy %s to %s, or name its folder with "
                       "--from",
                       m->name, m->origin, m->file, folder);
    struct mn_download part;
    err = make_folders(folder);
    if (err == 0)
        err = mn_download_open(&part, p->target, &p->watch);
    if (err < 0)
        return err;
    err = pull_locked(p, &part);
    mn_download_close(&part);
    return err;
}

/* ------------------------------------------------------------------------------ all files ---- */

static int check_job(const struct mn_pull *job)
{
    const char *from = job->from;
    if (from && !*from)
        return mn_fail(MIEN_EINVAL, "--from needs a folder or an address");
    if (from && is_url(from) && strncasecmp(from, "http://", 7) &&
        strncasecmp(from, "https://", 8) && strncasecmp(from, "file://", 7))
        return mn_fail(MIEN_EINVAL,
                       "--from takes a folder or an http, https or file address, not "
                       "'%s'",
                       from);
    for (int i = 0; i < job->num_names; i++)
        if (!mien_model_find(job->names[i]))
            return mn_fail(MIEN_EUNKNOWNMODEL,
                           "%s is not in the registry; mien models list shows the models",
                           job->names[i]);
    return 0;
}

/* Errors that every further file would have as well. */
static bool ends_all(int err)
{
    return err == MIEN_EOUTPUT || err == MIEN_EFULL || err == MIEN_EINTERRUPTED ||
           err == MIEN_ENOMEM || err == MIEN_ENOTBUILT || err == MIEN_EINVAL;
}

/* The i-th model to fetch, NULL past the end; the next i is *i + 1. */
static const mien_model_info *next(const struct mn_pull *job, int *i)
{
    if (job->num_names)
        return *i < job->num_names ? mien_model_find(job->names[*i]) : NULL;
    while (mien_model_at(*i) && !mien_model_at(*i)->is_default)
        ++*i;
    return mien_model_at(*i);
}

int mn_pull(const struct mn_pull *job)
{
    int err = check_job(job);
    if (err < 0)
        return err;
    struct pull p = {.job = job};
    p.meter.show = isatty(STDERR_FILENO) && mn_msg_level() >= MIEN_LOG_WARNING;
    p.watch = (struct mn_watch){watch, &p.meter};
    mn_msg_on_print(wipe_line);
    const mien_model_info *m;
    for (int i = 0; !ends_all(err) && (m = next(job, &i)); i++) {
        int e = mn_signal_received ? MIEN_EINTERRUPTED : pull_one(&p, m);
        err = err == 0 || ends_all(e) ? e : err;
    }
    wipe_line();
    mn_msg_on_print(NULL);
    if (err == MIEN_EINTERRUPTED)
        return mn_fail(err, "interrupted; run it again to continue where it stopped");
    return err;
}
