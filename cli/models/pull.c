#include "models/pull.h"

#include <dirent.h>
#include <errno.h>
#include <mien/mien.h>
#include <mien/models.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "io/msg.h"
#include "io/signal.h"
#include "models/http.h"
#include "models/import.h"
#include "models/meter.h"
#include "models/model_file.h"
#include "models/model_set.h"
#include "models/pull_set.h"

#define LARGEST ((int64_t)1 << 30) /* bytes; the library maps no larger model */

static bool watch(void *ctx, int64_t have, int64_t total)
{
    mn_meter_update(ctx, have, total);
    return !mn_signal_received;
}

/* ------------------------------------------------------------------------------ one file ---- */

struct pull {
    const struct mn_pull *job;
    const mien_model_info *m; /* the entry that is being fetched */
    char target[MN_PATH_SIZE];
    struct mn_http *http; /* opened when it is needed */
    struct mn_meter meter;
    struct mn_watch watch;
};

/* is: the entry that the file turned out to be. */
static void report(const struct pull *p, const char *what, const mien_model_info *is)
{
    mn_meter_wipe();
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
    } else if (mn_download_is_address(from)) {
        err = mn_path_join_into(source, from, p->m->file);
    } else {
        err = find_in_folder(p, source);
        return err < 0 ? err : mn_download_copy(part, source, &p->watch);
    }
    if (err == 0 && !p->http)
        err = mn_http_open(&p->http);
    return err < 0 ? err
                   : mn_http_fetch(p->http, part, source, size_limit(p->m), &p->watch, resumed);
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
    if (m->builtin)
        return mn_fail(MIEN_EINVAL, "%s is built in; use mien models verify to check it", m->name);
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
    mn_meter_begin(&p->meter);
    mn_meter_restart(&p->meter, m->file);
    err = mn_download_make_folders(folder);
    if (err == 0)
        err = mn_download_open(&part, p->target, &p->watch);
    if (err == 0) {
        err = pull_locked(p, &part);
        mn_download_close(&part);
    }
    mn_meter_end();
    return err;
}

/* ------------------------------------------------------------------------------ all files ---- */

static int check_job(const struct mn_pull *job)
{
    const char *from = job->from;
    if (from && !*from)
        return mn_fail(MIEN_EINVAL, "--from needs a folder or an address");
    if (from && mn_download_is_address(from) && strncasecmp(from, "http://", 7) &&
        strncasecmp(from, "https://", 8) && strncasecmp(from, "file://", 7))
        return mn_fail(MIEN_EINVAL,
                       "--from takes a folder or an http, https or file address, not "
                       "'%s'",
                       from);
    unsigned parts;
    bool any = false;
    for (int i = 0; i < job->num_names; i++) {
        const bool set = mn_model_set_find(job->names[i], &parts) != NULL;
        any = any || set;
        if (!set && !mien_model_find(job->names[i]))
            return mn_fail(MIEN_EUNKNOWNMODEL,
                           "%s is not in the registry; mien models list shows the models",
                           job->names[i]);
    }
    if (!any && job->without)
        return mn_fail(MIEN_EINVAL, "--without leaves out a part of a set, but no set is named");
    if (job->accepted && !mn_model_set_find(job->accepted, &parts))
        return mn_fail(MIEN_EINVAL,
                       "--accept-licence takes the name of a set, not '%s'; mien models list shows "
                       "the sets",
                       job->accepted);
    return 0;
}

/* A set comes from a folder by content, and from an address by path. */
static int pull_set(const struct mn_pull *job, const struct mn_model_set *set, unsigned parts)
{
    int err = mn_model_set_exclude(set, job->without, &parts);
    if (err < 0)
        return err;
    if (job->from && !mn_download_is_address(job->from)) {
        const struct mn_import im = {set, parts, job->folder, job->from, job->force};
        return mn_import(&im);
    }
    const struct mn_pull_set ps = {set, parts, job->folder, job->from, job->accepted, job->force};
    return mn_pull_set(&ps);
}

/* An entry or a set, by name. */
static int pull_name(struct pull *p, const char *name)
{
    unsigned parts;
    const struct mn_model_set *set = mn_model_set_find(name, &parts);
    if (mn_signal_received)
        return MIEN_EINTERRUPTED;
    return set ? pull_set(p->job, set, parts) : pull_one(p, mien_model_find(name));
}

/* The i-th name to fetch, NULL past the end; the next i is *i + 1. */
static const char *next(const struct mn_pull *job, int *i)
{
    if (job->num_names)
        return *i < job->num_names ? job->names[*i] : NULL;
    while (mien_model_at(*i) && !mien_model_at(*i)->is_default)
        ++*i;
    return mien_model_at(*i) ? mien_model_at(*i)->name : NULL;
}

int mn_pull(const struct mn_pull *job)
{
    int err = check_job(job);
    if (err < 0)
        return err;
    struct pull p = {.job = job};
    p.watch = (struct mn_watch){watch, &p.meter};
    const char *name;
    for (int i = 0; !mn_download_ends_all(err) && (name = next(job, &i)); i++) {
        int e = pull_name(&p, name);
        err = err == 0 || mn_download_ends_all(e) ? e : err;
    }
    mn_http_close(p.http);
    if (err == MIEN_EINTERRUPTED)
        return mn_fail(err, "interrupted; run it again to continue where it stopped");
    return err;
}
