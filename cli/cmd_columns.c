/* Explains every output column. */
#include <mien/columns.h>
#include <mien/models.h>
#include <stdio.h>

#include "command.h"
#include "io/json.h"
#include "options.h"
#include "io/msg.h"
#include "sink/columns.h"

int mn_cmd_columns(struct mn_options *o)
{
    if (o->num_inputs)
        return mn_fail(MIEN_EINVAL, "mien columns takes no operand, but got '%s'", o->inputs[0]);
    const mien_column *c;
    if (o->json) {
        struct mn_json j;
        mn_json_init(&j, stdout, true);
        mn_json_begin(&j, NULL, '[');
        for (int i = 0; (c = mien_column_at(i)); i++) {
            if (c->decimals < 0)
                continue;
            mn_json_begin(&j, NULL, '{');
            mn_json_str(&j, "name", c->name);
            mn_json_str(&j, "unit", c->unit);
            mn_json_str(&j, "range", c->range);
            mn_json_str(&j, "coordinates", c->coordinates);
            mn_json_str(&j, "meaning", c->meaning);
            mn_json_bool(&j, "experimental", mien_builtin_au_experimental(c->action_unit));
            mn_json_end(&j, '}');
        }
        mn_json_end(&j, ']');
        return 0;
    }
    printf("%-18s %-5s %-10s %s\n", "column", "unit", "range", "meaning");
    for (int i = 0; (c = mien_column_at(i)); i++) {
        if (c->decimals < 0) /* another meaning in OpenFace's table: mien-output(5) */
            continue;
        printf("%-18s %-5s %-10s %s%s%s%s%s\n", c->name, c->unit[0] ? c->unit : "-",
               c->range[0] ? c->range : "-", c->meaning, c->coordinates[0] ? " [" : "",
               c->coordinates, c->coordinates[0] ? "]" : "",
               mien_builtin_au_experimental(c->action_unit)
                   ? " (experimental with the built-in models)"
                   : "");
    }
    return 0;
}
