/* mien evaluate: results against labels. */
#include <mien/mien.h>

#include "command.h"
#include "evaluate/evaluate.h"
#include "evaluate/evaluate_print.h"
#include "io/atomic_file.h"
#include "io/msg.h"
#include "options.h"
#include "page/page.h"

static void page(FILE *file, const struct mn_evaluation *e)
{
    mn_page_begin(file);
    mn_evaluate_page_data(file, e);
    mn_page_end(file);
}

/* In the order of the choices of --format. */
static void (*const formats[])(FILE *file, const struct mn_evaluation *e) = {
    mn_evaluate_text, mn_evaluate_csv, mn_evaluate_json, page};
enum { PAGE = 3 };

static int print(const struct mn_evaluation *e, const struct mn_options *o)
{
    struct mn_atomic_file out = {0};
    int err = mn_atomic_file_open(&out, o->output ? o->output : "-", o->force);
    if (err < 0)
        return err;
    formats[o->table_format](out.file, e);
    return mn_atomic_file_finish(&out, true);
}

/* Recordings that would otherwise be left out in silence. */
static void warn(const struct mn_evaluation *e)
{
    const int lacking = e->labels.num_recordings - e->recordings;
    for (int i = 0; lacking && i < e->labels.num_recordings; i++)
        if (mn_evaluate_lacks(e, i)) {
            mn_msg(MIEN_LOG_WARNING,
                   "%d recordings have labels and no result, such as %s; they are "
                   "not scored",
                   lacking, e->labels.recording[i].name);
            return;
        }
}

int mn_cmd_evaluate(struct mn_options *o)
{
    struct mn_evaluation e = {0};
    const struct mn_label_format *f = mn_label_format_at(o->labels_format - 1);
    if (o->num_inputs != 1 || !o->labels)
        return mn_fail(MIEN_EINVAL,
                       "mien evaluate needs one folder of results and --labels DIR; see "
                       "mien evaluate --help");
    const struct mn_evaluate_input input = {o->inputs[0], o->labels, f ? f->name : NULL, o->people};
    int err = o->table_format == PAGE ? mn_page_check() : 0;
    if (err == 0 && o->output)
        err = mn_atomic_file_check(o->output, o->force);
    if (err == 0)
        err = mn_evaluate(&e, &input, &o->evaluate_rules);
    if (err == 0) {
        warn(&e);
        err = print(&e, o);
    }
    mn_evaluate_free(&e);
    return err;
}
