/* mien merge: the results of a batch as one table. */
#include <inttypes.h>
#include <mien/mien.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "io/atomic_file.h"
#include "io/msg.h"
#include "io/path.h"
#include "io/signal.h"
#include "options.h"
#include "report/sidecar.h"
#include "table/merge.h"
#include "table/results.h"

typedef int merge_fn(struct mn_merge *m, const char *path, const char *video);

static const char *extension_of(const char *output)
{
    const size_t n = strlen(output);
    return n > 6 && !strcmp(output + n - 6, ".jsonl") ? ".jsonl" : ".csv";
}

/* All results must have been made in the same way. Refuses the first other one, and incomplete ones
 * are reported. */
static int check(const struct mn_options *o, const char *path, uint64_t *recipe, const char **first)
{
    struct mn_sidecar s;
    if (!mn_sidecar_read(&s, path))
        return o->mixed ? 0
                        : mn_fail(MIEN_EINVAL,
                                  "%s has no readable sidecar, so its options are not known; use "
                                  "--mixed to merge it",
                                  path);
    if (!s.complete)
        mn_msg(MIEN_LOG_WARNING, "%s: its input was damaged; the rows end early", path);
    if (*first && s.recipe != *recipe && !o->mixed)
        return mn_fail(MIEN_EINVAL,
                       "%s and %s were made with different options, models or versions; use "
                       "--mixed to merge them",
                       *first, path);
    *first = *first ? *first : path;
    *recipe = s.recipe;
    return 0;
}

static int list(struct mn_results *r, const struct mn_options *o, const char *extension)
{
    int err = 0;
    for (int i = 0; i < o->num_inputs && err == 0; i++)
        err = mn_results_list(r, o->inputs[i], extension);
    if (err == 0 && r->n == 0)
        err = mn_fail(MIEN_ENOINPUT, "%s contains no results with the extension %s; check the path",
                      o->inputs[0], extension);
    return err;
}

/* Results have names below their folder; several folders keep their paths. */
static int merge(struct mn_merge *m, const struct mn_options *o, const struct mn_results *r,
                 merge_fn *one, const char *extension)
{
    uint64_t recipe = 0;
    const char *first = NULL;
    int err = 0;
    for (int i = 0; i < r->n && err == 0; i++)
        err = check(o, r->path[i], &recipe, &first);
    for (int i = 0; i < r->n && err == 0; i++) {
        char *name = mn_results_name(r->path[i], o->num_inputs == 1 ? o->inputs[0] : "", extension);
        err = !name                ? MIEN_ENOMEM
              : mn_signal_received ? MIEN_EINTERRUPTED
                                   : one(m, r->path[i], name);
        free(name);
    }
    return err;
}

int mn_cmd_merge(struct mn_options *o)
{
    struct mn_results r = {0};
    struct mn_atomic_file out = {0};
    struct mn_merge m = {0};
    if (o->num_inputs == 0)
        return mn_fail(MIEN_EINVAL, "mien merge needs a folder of results; see mien merge --help");
    const char *output = o->output ? o->output : "-", *extension = extension_of(output);
    if (o->summary_by && !strcmp(extension, ".jsonl"))
        return mn_fail(MIEN_EINVAL, "--summary-by writes CSV; choose a name that ends in .csv");
    int err = list(&r, o, extension);
    if (err == 0)
        err = mn_atomic_file_open(&out, output, o->force);
    if (err == 0) {
        m.out = out.file;
        err = merge(&m, o, &r,
                    o->summary_by                  ? mn_merge_people
                    : !strcmp(extension, ".jsonl") ? mn_merge_jsonl
                                                   : mn_merge_csv,
                    extension);
        int finished = mn_atomic_file_finish(&out, err == 0);
        err = err && err != MIEN_EOUTPUT ? err : finished ? finished : err;
    }
    mn_merge_free(&m);
    mn_results_free(&r);
    return err;
}
