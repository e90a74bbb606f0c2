/* mien compare: how far two results of one video differ, column by column. */
#include <mien/mien.h>

#include "command.h"
#include "evaluate/compare_print.h"
#include "evaluate/tolerance.h"
#include "io/atomic_file.h"
#include "io/exit_status.h"
#include "io/msg.h"
#include "options.h"

static int print(struct mn_comparison *c, const struct mn_options *o)
{
    struct mn_atomic_file out = {0};
    int err = mn_atomic_file_open(&out, o->output ? o->output : "-", o->force);
    if (err < 0)
        return err;
    mn_compare_print(out.file, c, (enum mn_compare_format)o->table_format, o->all);
    return mn_atomic_file_finish(&out, true);
}

static void warn(const struct mn_comparison *c, bool by_place)
{
    if (!by_place && c->counts.frames_unpaired)
        mn_msg(MIEN_LOG_WARNING,
               "in %lld frames both results have faces whose face_id the other one lacks; if "
               "persons are numbered differently, use --match place",
               (long long)c->counts.frames_unpaired);
}

/* The table is written even if a limit is exceeded: it shows which one. */
static int report(struct mn_comparison *c, const struct mn_options *o)
{
    struct mn_excess excess;
    int err = mn_tolerance_check(c, o->tolerance, &excess);
    if (err == 0)
        err = print(c, o);
    if (err < 0 || excess.n == 0)
        return err;
    return mn_fail(MN_EDIFFERENT,
                   "%s and %s differ too much: %s (limits exceeded: %d); see --tolerance",
                   c->path_a, c->path_b, excess.text, excess.n);
}

int mn_cmd_compare(struct mn_options *o)
{
    struct mn_comparison c = {0};
    if (o->num_inputs != 2)
        return mn_fail(MIEN_EINVAL,
                       "mien compare needs two results, not %d; see mien compare --help",
                       o->num_inputs);
    int err = mn_tolerance_parse(o->tolerance);
    if (err == 0 && o->output)
        err = mn_atomic_file_check(o->output, o->force);
    if (err == 0)
        err = mn_compare(&c, o->inputs[0], o->inputs[1], o->match_by_place);
    if (err == 0) {
        warn(&c, o->match_by_place);
        err = report(&c, o);
    }
    mn_compare_free(&c);
    return err;
}
