#include "completion/completion.h"

#include <mien/models.h>
#include <string.h>

#include "help_topics.h"
#include "io/msg.h"
#include "models/model_set.h"
#include "options.h"

static void append(struct mn_offer *offer, const char *word)
{
    const size_t used = strlen(offer->words);
    if (word && *word && used < sizeof(offer->words))
        snprintf(offer->words + used, sizeof(offer->words) - used, "%s%s", used ? " " : "", word);
}

const struct mn_opt *mn_completion_option(const struct mn_command *c, int i)
{
    const struct mn_opt *o;
    for (int k = 0; (o = mn_options_at(c->name, k)); k++)
        if (o->help && i-- == 0)
            return o;
    return NULL;
}

/* Models of the registry with a role; NULL: all, and the sets. */
static void append_models(struct mn_offer *offer, const char *role)
{
    const mien_model_info *m;
    for (int i = 0; (m = mien_model_at(i)); i++)
        if (!role || !strcmp(m->role, role))
            append(offer, m->name);
    for (int i = 0; !role && mn_model_set_at(i); i++)
        append(offer, mn_model_set_at(i)->name);
}

/* The role of the models that an option names; NULL: it names none. */
static const char *role_of(const struct mn_opt *o)
{
    static const struct {
        const char *setting, *role;
    } roles[] = {{"detector", "detector"},
                 {"gaze_model", "gaze"},
                 {"landmark_model", "landmarks"},
                 {"mtl_model", "mtl"},
                 {"au_models", "au"}};
    for (size_t i = 0; o->setting && i < sizeof(roles) / sizeof(roles[0]); i++)
        if (!strcmp(roles[i].setting, o->setting))
            return roles[i].role;
    return NULL;
}

/* The name of an argument shows whether it is a file: "NAME|FILE", "SET|DIR", "OUT". */
static bool names(const struct mn_opt *o, const char *noun)
{
    return o->argument && strstr(o->argument, noun);
}

struct mn_offer mn_completion_value(const struct mn_opt *o)
{
    struct mn_offer offer = {.list = !strcmp(mn_opt_limits(o).kind, "list") || names(o, "LIST"),
                             .files = names(o, "FILE") || names(o, "CSV") || names(o, "OUT") ||
                                      names(o, "SOURCE"),
                             .folders = names(o, "DIR")};
    char words[300];
    mn_opt_choices(o, words, sizeof(words), " ");
    append(&offer, words);
    append(&offer, o->suggest);
    if (role_of(o))
        append_models(&offer, role_of(o));
    return offer;
}

struct mn_offer mn_completion_operand(const struct mn_command *c)
{
    struct mn_offer offer = {.files = c->operands & MN_OPERANDS_FILES};
    const struct mn_command *command;
    const struct mn_topic *topic;
    if (c->operands & MN_OPERANDS_MODELS)
        append_models(&offer, NULL);
    if (!(c->operands & MN_OPERANDS_TOPICS))
        return offer;
    for (int i = 0; (command = mn_command_at(i)); i++)
        if (command->summary)
            append(&offer, command->name);
    for (int i = 0; (topic = mn_topic_at(i)); i++)
        if (!mn_command_exists(topic->name))
            append(&offer, topic->name);
    return offer;
}

void mn_completion_quote(FILE *file, const char *text, const char *inner)
{
    fputc('\'', file);
    for (; *text; text++)
        if (*text == '\'')
            fputs(inner, file);
        else
            fputc(*text, file);
    fputc('\'', file);
}

int mn_completion_write(const char *shell, FILE *file)
{
    static const struct {
        const char *shell;
        void (*write)(FILE *file);
    } shells[] = {
        {"bash", mn_completion_bash}, {"zsh", mn_completion_zsh}, {"fish", mn_completion_fish}};
    for (size_t i = 0; shell && i < sizeof(shells) / sizeof(shells[0]); i++)
        if (!strcmp(shell, shells[i].shell)) {
            shells[i].write(file);
            return 0;
        }
    return mn_fail(MIEN_EINVAL, "--completion takes bash, zsh or fish%s%s%s",
                   shell ? ", not '" : "", shell ? shell : "", shell ? "'" : "");
}
