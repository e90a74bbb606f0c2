#include "dump_options.h"

#include <math.h>
#include <string.h>

#include "command.h"
#include "help_topics.h"
#include "io/json.h"
#include "options.h"

/* An array of the parts of `text` between separators. */
static void array(struct mn_json *j, const char *name, char *text, const char *separator)
{
    char *save;
    mn_json_begin(j, name, '[');
    for (char *part = strtok_r(text, separator, &save); part;
         part = strtok_r(NULL, separator, &save))
        mn_json_str(j, NULL, part);
    mn_json_end(j, ']');
}

static void commands_of(struct mn_json *j, const struct mn_opt *o)
{
    const struct mn_command *c;
    char names[300];
    snprintf(names, sizeof(names), "%s", o->commands ? o->commands : "");
    if (o->commands) {
        array(j, "commands", names, ",");
        return;
    }
    mn_json_begin(j, "commands", '[');
    for (int i = 0; (c = mn_command_at(i)); i++)
        if (c->run)
            mn_json_str(j, NULL, c->name);
    mn_json_end(j, ']');
}

static void option(struct mn_json *j, const struct mn_opt *o, const struct mn_options *defaults)
{
    const struct mn_opt_limits l = mn_opt_limits(o);
    const bool number = l.max > l.min;
    const char letter[2] = {o->letter, 0};
    char text[300];
    mn_json_begin(j, NULL, '{');
    mn_json_str(j, "name", o->name);
    mn_json_str(j, "alias", o->alias);
    mn_json_str(j, "letter", o->letter ? letter : NULL);
    mn_opt_argument(o, text, sizeof(text));
    mn_json_str(j, "argument", o->type->flag ? NULL : text);
    mn_json_str(j, "type", l.kind);
    mn_json_num(j, "min", number ? l.min : NAN, 6);
    mn_json_num(j, "max", number ? l.max : NAN, 6);
    mn_opt_choices(o, text, sizeof(text), " ");
    array(j, "choices", text, " ");
    mn_json_str(j, "setting", o->setting);
    o->type->print(o, (const char *)defaults + o->offset, text, sizeof(text));
    mn_json_str(j, "default", o->initial && text[0] ? text : NULL);
    mn_json_str(j, "help", o->help);
    commands_of(j, o);
    mn_json_end(j, '}');
}

int mn_dump_options(FILE *file)
{
    struct mn_options defaults;
    struct mn_json j;
    const struct mn_command *c;
    const struct mn_topic *t;
    mn_options_init(&defaults);
    mn_json_init(&j, file, true);
    mn_json_begin(&j, NULL, '{');
    mn_json_begin(&j, "commands", '[');
    for (int i = 0; (c = mn_command_at(i)); i++) {
        mn_json_begin(&j, NULL, '{');
        mn_json_str(&j, "name", c->name);
        mn_json_bool(&j, "group", !c->run);
        mn_json_str(&j, "summary", c->summary);
        mn_json_str(&j, "usage", c->usage);
        mn_json_str(&j, "about", c->about);
        mn_json_end(&j, '}');
    }
    mn_json_end(&j, ']');
    mn_json_begin(&j, "topics", '[');
    for (int i = 0; (t = mn_topic_at(i)); i++) {
        mn_json_begin(&j, NULL, '{');
        mn_json_str(&j, "name", t->name);
        mn_json_str(&j, "summary", t->summary);
        mn_json_str(&j, "page", t->page);
        mn_json_end(&j, '}');
    }
    mn_json_end(&j, ']');
    mn_json_begin(&j, "options", '[');
    for (int i = 0; mn_options_row(i); i++)
        option(&j, mn_options_row(i), &defaults);
    mn_json_end(&j, ']');
    mn_json_end(&j, '}');
    return 0;
}
