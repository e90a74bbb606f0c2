#include "models/pull_set.h"

#include <mien/mien.h>
#include <pthread.h>
#include <stdatomic.h>

#include "io/msg.h"
#include "io/signal.h"
#include "models/http.h"
#include "models/licence.h"
#include "models/meter.h"
#include "models/set_job.h"

#define LANES 4   /* downloads at a time */
#define GIVE_UP 4 /* failures in a row after which the rest is not tried */

struct work;

struct lane {
    struct work *work;
    int file;
    struct mn_http *http;
    pthread_t thread;
    int64_t have; /* bytes of the current file */
};

struct work {
    const struct mn_pull_set *pull;
    struct mn_set_job job;
    struct lane lane[LANES];
    atomic_bool stop; /* an error that every further file would meet */

    pthread_mutex_t lock; /* of the rest */
    int next;             /* file */
    int failures[2];      /* in a row: of files below the base, of those with own addresses */
    int skipped;
    int error;    /* the first */
    int64_t done; /* bytes of finished files */
    struct mn_meter meter;
};

/* ---------------------------------------------------------------------------------- a file ---- */

static int *failures(struct work *w, int file)
{
    return &w->failures[w->job.set->files[file].url[0] != NULL];
}

static bool watch(void *ctx, int64_t have, int64_t total)
{
    struct lane *l = ctx;
    struct work *w = l->work;
    pthread_mutex_lock(&w->lock);
    l->have = have;
    int64_t sum = w->done;
    for (int i = 0; i < LANES; i++)
        sum += w->lane[i].have;
    mn_meter_update(&w->meter, sum, w->job.bytes);
    const bool hopeless = *failures(w, l->file) >= GIVE_UP;
    pthread_mutex_unlock(&w->lock);
    return !mn_signal_received && !w->stop && !hopeless;
}

/* The i-th address that is tried for a file; NULL: there are no more. */
static const char *address(const struct work *w, const struct mn_model_set_file *f, int i,
                           char buf[MN_PATH_SIZE])
{
    const struct mn_pull_set *p = w->pull;
    if (!p->from)
        return mn_model_set_address(p->set, f, i, buf);
    return i == 0 && mn_model_set_path(buf, p->set, f, p->from) == 0 ? buf : NULL;
}

/* A download that was joined from several responses and is wrong starts again once. */
static int fetch_from(struct lane *l, int i, struct mn_download *part, const char *url)
{
    const struct mn_watch w = {watch, l};
    struct mn_set_job *j = &l->work->job;
    const struct mn_model_set_file *f = &j->set->files[i];
    bool resumed = true;
    int err = MIEN_EBADMODEL;
    for (int attempt = 0; attempt < 2 && resumed && err == MIEN_EBADMODEL; attempt++) {
        err = mn_http_fetch(l->http, part, url, f->size, &w, &resumed);
        if (err == MIEN_EBADMODEL) { /* too long, reported */
            mn_download_drop(part);
            return err;
        }
        if (err == 0)
            err = mn_set_job_commit(j, i, part);
    }
    if (err != MIEN_EBADMODEL)
        return err;
    return mn_fail(err,
                   "%s is damaged or another file: its content is not that of %s; it was "
                   "discarded, name another place with --from",
                   url, f->path);
}

/* Tries one address after the other. */
static int fetch(struct lane *l, int i, struct mn_download *part)
{
    char buf[MN_PATH_SIZE], next_buf[MN_PATH_SIZE];
    const struct mn_model_set_file *f = &l->work->job.set->files[i];
    const char *url = address(l->work, f, 0, buf);
    if (!url)
        return mn_fail(MIEN_EINVAL, "the address of %s is too long", f->path);
    for (int k = 1;; k++) {
        const char *next = address(l->work, f, k, next_buf);
        if (next)
            mn_msg_defer();
        int err = fetch_from(l, i, part, url);
        const bool other = next && (err == MIEN_EDOWNLOAD || err == MIEN_EBADMODEL);
        if (next)
            mn_msg_flush_deferred(!other);
        if (!other)
            return err;
        mn_msg(MIEN_LOG_WARNING, "%s does not deliver %s; trying %s", url, f->path, next);
        url = next;
    }
}

static int fetch_file(struct lane *l, int i)
{
    const struct mn_watch w = {watch, l};
    struct mn_download part;
    bool done;
    int err = mn_set_job_open(&l->work->job, i, &part, &w, &done);
    if (err < 0 || done)
        return err;
    /* complete if an earlier run ended just before renaming */
    const struct mn_model_set_file *f = &l->work->job.set->files[i];
    if (mn_model_set_probe(f, part.file.partial) == MN_MODEL_KNOWN)
        err = mn_set_job_commit(&l->work->job, i, &part);
    else
        err = fetch(l, i, &part);
    mn_download_close(&part);
    return err;
}

/* --------------------------------------------------------------------------------- all files ----
 */

/* The next file for a lane; -1: none. */
static int take(struct work *w)
{
    const struct mn_model_set *s = w->job.set;
    int found = -1;
    pthread_mutex_lock(&w->lock);
    while (found < 0 && w->next < s->num_files && !w->stop && !mn_signal_received) {
        int i = w->next++;
        if (!mn_set_job_wants(&w->job, i))
            continue;
        if (*failures(w, i) >= GIVE_UP)
            w->skipped++;
        else
            found = i;
    }
    pthread_mutex_unlock(&w->lock);
    return found;
}

/* An error that ends all counts, else the first error. */
static void note_error(struct work *w, int file, int err)
{
    const bool ended_by_another = err == MIEN_EINTERRUPTED && !mn_signal_received;
    if (ended_by_another) {
        w->skipped++;
        return;
    }
    ++*failures(w, file);
    if (w->error == 0 || (mn_download_ends_all(err) && !w->stop))
        w->error = err;
    if (mn_download_ends_all(err))
        w->stop = true;
}

static void finish(struct lane *l, int err)
{
    struct work *w = l->work;
    pthread_mutex_lock(&w->lock);
    l->have = 0;
    if (err == 0) {
        w->done += w->job.set->files[l->file].size;
        *failures(w, l->file) = 0;
    } else {
        note_error(w, l->file, err);
    }
    pthread_mutex_unlock(&w->lock);
}

static void *run_lane(void *ctx)
{
    struct lane *l = ctx;
    while ((l->file = take(l->work)) >= 0)
        finish(l, fetch_file(l, l->file));
    return NULL;
}

/* The calling thread is the first lane; a lane that cannot be started is not needed. */
static int run_lanes(struct work *w)
{
    int opened = 0, started = 1, err = 0;
    for (; opened < LANES && opened < w->job.wanted && err == 0; opened++) {
        w->lane[opened].work = w;
        err = mn_http_open(&w->lane[opened].http);
    }
    if (err == 0) {
        while (started < opened &&
               pthread_create(&w->lane[started].thread, NULL, run_lane, &w->lane[started]) == 0)
            started++;
        run_lane(&w->lane[0]);
        for (int i = 1; i < started; i++)
            pthread_join(w->lane[i].thread, NULL);
    }
    for (int i = 0; i < opened; i++)
        mn_http_close(w->lane[i].http);
    return err < 0 ? err : w->error;
}

static int fetch_all(struct work *w)
{
    pthread_mutex_init(&w->lock, NULL);
    mn_meter_begin(&w->meter);
    mn_meter_restart(&w->meter, w->job.set->name);
    int err = run_lanes(w);
    mn_meter_end();
    pthread_mutex_destroy(&w->lock);
    if (w->skipped)
        mn_msg(MIEN_LOG_WARNING,
               "%d files of %s were not tried because others failed %d times in a row", w->skipped,
               w->job.set->name, GIVE_UP);
    return mn_signal_received ? MIEN_EINTERRUPTED : err;
}

int mn_pull_set(const struct mn_pull_set *p)
{
    struct work w = {
        .pull = p,
        .job = {.set = p->set, .parts = p->parts, .folder = p->folder, .force = p->force}};
    int err = mn_set_job_begin(&w.job);
    if (err < 0)
        return err;
    if (w.job.wanted)
        err = mn_licence_accept(p->set, p->accepted);
    if (err < 0) {
        mn_set_job_cancel(&w.job);
        return err;
    }
    if (w.job.wanted)
        err = fetch_all(&w);
    return mn_set_job_end(&w.job, "fetched", err);
}
