#include "page/folder.h"

#include <errno.h>
#include <math.h>
#include <mien/mien.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "io/atomic_file.h"
#include "io/json.h"
#include "io/msg.h"
#include "io/path.h"
#include "io/signal.h"
#include "page/gather.h"
#include "page/page.h"
#include "page/single.h"
#include "page/warnings.h"
#include "report/sidecar.h"
#include "table/table.h"

struct failure {
    char *input, *message;
};

struct work {
    const struct mn_folder_page *page;
    struct mn_json json;
    char *pages; /* folder of the pages of the results, NULL: none */
    struct failure *failure;
    int failures, room;
};

/* ------------------------------------------------------------------------------- the names ---- */

/* "out/report" for "out/report.html" */
static char *pages_folder(const char *output)
{
    char *folder = mn_path_is_stream(output) ? NULL : strdup(output);
    char *dot = folder ? strrchr(mn_path_last_part(folder), '.') : NULL;
    if (dot)
        *dot = 0;
    else if (folder) {
        char *longer = mn_path_with_suffix(folder, "-pages");
        free(folder);
        folder = longer;
    }
    return folder;
}

/* Makes the folders of a path below `above`, which exists. */
static int make_folders(char *path, size_t above)
{
    for (char *s = strchr(path + above, '/'); s; s = strchr(s + 1, '/')) {
        *s = 0;
        const bool made = mkdir(path, 0777) == 0 || errno == EEXIST;
        const int why = errno;
        *s = '/';
        if (!made)
            return mn_fail(MIEN_EOUTPUT, "%s cannot be made: %s; choose another place with -o",
                           path, strerror(why));
    }
    return 0;
}

/* Several operands can have equal names below different folders, so those are numbered. */
static char *name_of(const struct work *w, int i)
{
    const char *path = w->page->results->path[i];
    if (*w->page->folder)
        return mn_results_name(path, w->page->folder, ".csv");
    char *last = mn_results_name(mn_path_last_part(path), "", ".csv"), *name = NULL;
    const size_t size = last ? strlen(last) + 20 : 0;
    bool unique = true;
    for (int k = 0; k < w->page->results->n && unique; k++)
        unique = k == i ||
                 strcmp(mn_path_last_part(w->page->results->path[k]), mn_path_last_part(path)) != 0;
    name = last ? malloc(size) : NULL;
    if (name)
        snprintf(name, size, unique ? "%s" : "%s-%d", last, i + 1);
    free(last);
    return name;
}

/* ---------------------------------------------------------------------------- one result ---- */

/* The way from the page of a result called "a/b" to that of the folder: "../../report.html". */
static char *way_back(const char *name, const char *output)
{
    const char *last = mn_path_last_part(output);
    size_t depth = 1;
    for (const char *s = name; *s; s++)
        depth += *s == '/';
    char *way = malloc(3 * depth + strlen(last) + 1);
    if (!way)
        return NULL;
    for (size_t i = 0; i < depth; i++)
        memcpy(way + 3 * i, "../", 3);
    strcpy(way + 3 * depth, last);
    return way;
}

static int write_page(const struct work *w, const struct mn_gather *g, const char *result,
                      const char *name)
{
    struct mn_atomic_file out = {0};
    char *stem = mn_path_join(w->pages, name),
         *path = stem ? mn_path_with_suffix(stem, ".html") : NULL,
         *back = way_back(name, w->page->output);
    int err = path && back ? make_folders(path, strlen(w->pages)) : MIEN_ENOMEM;
    if (err == 0)
        err = mn_atomic_file_open(&out, path, w->page->force);
    if (err == 0) {
        mn_page_begin(out.file);
        err = w->page->thumbnails
                  ? mn_single_write_pictures(out.file, g, result, back, w->page->hide)
                  : mn_single_write(out.file, g, result, back, NULL);
        mn_page_end(out.file);
        int finished = mn_atomic_file_finish(&out, err == 0);
        err = err ? err : finished;
    }
    free(stem);
    free(path);
    free(back);
    return err;
}

static void write_means(struct mn_json *j, const struct mn_gather *g)
{
    mn_json_begin(j, "mean", '{');
    for (int m = 0; m < MN_MEASURES; m++) {
        const struct mn_stat all = mn_single_overall(g, m);
        if (all.n)
            mn_json_num(j, mn_measure_at(m)->name, mn_stat_mean(&all), 4);
    }
    mn_json_end(j, '}');
    mn_json_begin(j, "share", '{');
    for (int m = MN_MEASURE_UNITS; m < MN_MEASURES; m++) {
        const struct mn_stat all = mn_single_overall(g, m);
        if (all.n)
            mn_json_num(j, mn_measure_at(m)->name, mn_stat_share(&all), 4);
    }
    mn_json_end(j, '}');
}

static void write_row(struct work *w, const struct mn_gather *g, const char *result,
                      const char *name)
{
    struct mn_json *j = &w->json;
    const int eyes = mn_measure_of_unit(45);
    const double rate = mn_single_rate(g);
    const int64_t seen = mn_single_overall(g, eyes).n;
    int64_t closed;
    char *sidecar = mn_sidecar_text(result);
    const double minutes = rate > 0 ? (double)seen / rate / 60 : 0;
    mn_json_begin(j, NULL, '{');
    mn_json_str(j, "name", name);
    mn_json_bool(j, "page", w->pages != NULL);
    mn_json_int(j, "frames", g->frames);
    mn_json_num(j, "seconds", g->last - g->first, 3);
    mn_json_num(j, "found", g->frames ? (double)g->with_face / (double)g->frames : NAN, 4);
    mn_json_int(j, "people", g->seen);
    mn_json_num(j, "id_changes", g->ids.boxes ? (double)g->ids.changes : NAN, 0);
    mn_json_int(j, "gaps", g->gaps);
    mn_json_num(j, "blinks", minutes > 0 ? (double)mn_single_blinks(g, -1, &closed) / minutes : NAN,
                2);
    write_means(j, g);
    mn_warnings_write(j, g, sidecar);
    mn_json_end(j, '}');
    free(sidecar);
}

/* Takes over neither text. */
static int fail(struct work *w, const char *input, const char *message)
{
    struct failure *more = mn_grow(w->failure, w->failures, &w->room, sizeof(*more));
    if (!more)
        return MIEN_ENOMEM;
    w->failure = more;
    more += w->failures++;
    more->input = strdup(input);
    more->message = strdup(message);
    return more->input && more->message ? 0 : MIEN_ENOMEM;
}

/* An error of the result itself is listed; one of the output ends the work: *fatal. */
static int take(struct work *w, int i, bool *fatal)
{
    const char *result = w->page->results->path[i];
    struct mn_gather g;
    char message[400] = "", *name = name_of(w, i);
    mn_msg_capture(message, sizeof(message));
    int err = name ? mn_gather_read(&g, result, w->page->rules, w->pages != NULL) : MIEN_ENOMEM;
    mn_msg_capture(NULL, 0);
    *fatal = !name || err == MIEN_ENOMEM || err == MIEN_EINTERRUPTED;
    if (name && err && !*fatal)
        *fatal = fail(w, result, message) < 0;
    else if (err == 0) {
        err = w->pages ? write_page(w, &g, result, name) : 0;
        *fatal = err != 0;
        if (err == 0)
            write_row(w, &g, result, name);
    }
    if (name)
        mn_gather_free(&g);
    free(name);
    return err;
}

/* ------------------------------------------------------------------------------- failures ---- */

/* Inputs that mien extract could not analyse. */
static int read_summary(struct work *w, const char *path)
{
    struct mn_table *t;
    double none[1];
    int got = mn_table_open(&t, path);
    if (got < 0)
        return got;
    const int input = mn_table_find(t, "input"), state = mn_table_find(t, "state"),
              message = mn_table_find(t, "message");
    if (input < 0 || state < 0 || message < 0)
        got = mn_fail(MIEN_EINVAL,
                      "%s is no summary of mien extract; give the file that --summary "
                      "of mien extract wrote",
                      path);
    while (got >= 0 && (got = mn_table_next(t, none)) > 0) {
        char *name = strdup(mn_table_text(t, input));
        if (name && !strcmp(mn_table_text(t, state), "failed"))
            got = fail(w, name, mn_table_text(t, message));
        free(name);
    }
    mn_table_close(t);
    return got < 0 ? got : 0;
}

static void write_failures(struct work *w)
{
    mn_json_begin(&w->json, "failures", '[');
    for (int i = 0; i < w->failures; i++) {
        mn_json_begin(&w->json, NULL, '{');
        mn_json_str(&w->json, "input", w->failure[i].input);
        mn_json_str(&w->json, "message", w->failure[i].message);
        mn_json_end(&w->json, '}');
    }
    mn_json_end(&w->json, ']');
}

/* --------------------------------------------------------------------------------- folder ---- */

static int write_results(struct work *w, int *unread)
{
    int err = 0;
    bool fatal = false;
    mn_json_begin(&w->json, "results", '[');
    for (int i = 0; i < w->page->results->n && !fatal; i++) {
        err = take(w, i, &fatal);
        *unread = *unread ? *unread : err;
    }
    mn_json_end(&w->json, ']');
    return fatal ? err : 0;
}

static int write_all(struct work *w, int *unread)
{
    const struct mn_folder_page *p = w->page;
    mn_json_begin(&w->json, NULL, '{');
    mn_json_str(&w->json, "kind", "folder");
    mn_json_str(&w->json, "mien", MIEN_VERSION);
    mn_json_str(&w->json, "folder", p->folder);
    mn_json_str(&w->json, "pages", w->pages ? mn_path_last_part(w->pages) : NULL);
    int err = p->summary ? read_summary(w, p->summary) : 0;
    if (err == 0)
        err = write_results(w, unread);
    write_failures(w);
    mn_json_end(&w->json, '}');
    return err;
}

int mn_folder_page_write(FILE *f, const struct mn_folder_page *page, int *unread)
{
    *unread = 0;
    struct work w = {.page = page, .pages = pages_folder(page->output)};
    mn_json_init(&w.json, f, false);
    w.json.html = true;
    int err = 0;
    if (w.pages && mkdir(w.pages, 0777) < 0 && errno != EEXIST)
        err = mn_fail(MIEN_EOUTPUT, "%s cannot be made: %s; choose another place with -o", w.pages,
                      strerror(errno));
    if (err == 0)
        err = write_all(&w, unread);
    for (int i = 0; i < w.failures; i++) {
        free(w.failure[i].input);
        free(w.failure[i].message);
    }
    free(w.failure);
    free(w.pages);
    return err;
}
