/* mien report: a page that shows one result, or many. */
#include <mien/mien.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "io/atomic_file.h"
#include "io/msg.h"
#include "io/path.h"
#include "options.h"
#include "page/folder.h"
#include "page/page.h"
#include "page/single.h"
#include "table/results.h"

static int list(struct mn_results *r, const struct mn_options *o)
{
    int err = 0;
    for (int i = 0; i < o->num_inputs && err == 0; i++)
        err = mn_path_is_folder(o->inputs[i]) ? mn_results_list(r, o->inputs[i], ".csv")
                                              : mn_results_add(r, o->inputs[i]);
    if (err == 0 && r->n == 0)
        err = mn_fail(MIEN_ENOINPUT, "%s contains no results; check the path", o->inputs[0]);
    return err;
}

/* Ends a page: *out is complete if err is 0. */
static int end(struct mn_atomic_file *out, int err)
{
    mn_page_end(out->file);
    int finished = mn_atomic_file_finish(out, err == 0);
    return err ? err : finished;
}

/* The result is read first, so an error in it leaves no file. */
static int single(const struct mn_options *o, const char *result, const char *output)
{
    struct mn_atomic_file out = {0};
    struct mn_gather g;
    int err = mn_gather_read(&g, result, &o->event_rules, true);
    if (err == 0)
        err = mn_atomic_file_open(&out, output, o->force);
    if (err == 0) {
        mn_page_begin(out.file);
        err = end(&out, o->thumbnails
                            ? mn_single_write_pictures(out.file, &g, result, NULL, o->anonymise)
                            : mn_single_write(out.file, &g, result, NULL, NULL));
    }
    mn_gather_free(&g);
    return err;
}

/* The summary that was named, or FOLDER/summary.csv if there is one. malloced; NULL: none. */
static char *summary_of(const struct mn_options *o, const char *folder)
{
    char *found = o->summary ? strdup(o->summary)
                  : *folder  ? mn_path_join(folder, "summary.csv")
                             : NULL;
    if (found && !o->summary && access(found, F_OK) < 0) {
        free(found);
        found = NULL;
    }
    return found;
}

static int several(const struct mn_options *o, const struct mn_results *r, const char *output)
{
    struct mn_atomic_file out = {0};
    int unread, err = mn_atomic_file_open(&out, output, o->force);
    if (err < 0)
        return err;
    const char *folder = o->num_inputs == 1 && mn_path_is_folder(o->inputs[0]) ? o->inputs[0] : "";
    char *summary = summary_of(o, folder);
    const struct mn_folder_page page = {.results = r,
                                        .folder = folder,
                                        .output = output,
                                        .summary = summary,
                                        .rules = &o->event_rules,
                                        .force = o->force,
                                        .thumbnails = o->thumbnails,
                                        .hide = o->anonymise};
    mn_page_begin(out.file);
    err = end(&out, mn_folder_page_write(out.file, &page, &unread));
    free(summary);
    return err ? err : unread;
}

int mn_cmd_report(struct mn_options *o)
{
    const char *output = o->output ? o->output : "report.html";
    struct mn_results r = {0};
    if (o->num_inputs == 0)
        return mn_fail(MIEN_EINVAL, "mien report needs a result; see mien report --help");
    int err = mn_page_check();
    if (err == 0)
        err = mn_atomic_file_check(output, o->force);
    if (err == 0)
        err = list(&r, o);
    if (err == 0)
        err = r.n == 1 && !mn_path_is_folder(o->inputs[0]) ? single(o, r.path[0], output)
                                                           : several(o, &r, output);
    mn_results_free(&r);
    return err;
}
