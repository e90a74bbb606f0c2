#include <string.h>

#include "completion/completion.h"

/* In words of bash: what stands before the cursor, then the tables, then the candidates. Bash takes
 * "=" for a word of its own. Version 3.2 and newer; without bash-completion. */
static const char head[] =
    "# Completion of mien for bash, written by: mien --completion bash\n"
    "_mien()\n"
    "{\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD-1]} command= line\n"
    "    local words= options= files= folders= list= before=\n"
    "    if [[ $word == '=' ]]; then\n"
    "        word=\n"
    "    elif [[ $option == '=' && $COMP_CWORD -gt 1 ]]; then\n"
    "        option=${COMP_WORDS[COMP_CWORD-2]}\n"
    "    fi\n"
    "    ((COMP_CWORD > 1)) && command=${COMP_WORDS[1]}\n";

static const char tail[] = "    if [[ $list && $word == *,* ]]; then\n"
                           "        before=${word%,*}, word=${word##*,}\n"
                           "    fi\n"
                           "    [[ $word == -* ]] && words=$options files= folders=\n"
                           "    COMPREPLY=()\n"
                           "    while IFS= read -r line; do\n"
                           "        COMPREPLY+=(\"$before$line\")\n"
                           "    done < <(\n"
                           "        [[ $words ]] && compgen -W \"$words\" -- \"$word\"\n"
                           "        [[ $files ]] && compgen -f -- \"$word\"\n"
                           "        [[ $folders && ! $files ]] && compgen -d -- \"$word\"\n"
                           "    )\n"
                           "    [[ $files || $folders ]] && compopt -o filenames 2>/dev/null\n"
                           "    [[ $list ]] && compopt -o nospace 2>/dev/null\n"
                           "    return 0\n"
                           "}\n"
                           "complete -F _mien mien\n";

static void write_offer(FILE *file, const struct mn_offer *offer)
{
    fprintf(file, "words='%s' files=%s folders=%s list=%s", offer->words, offer->files ? "1" : "",
            offer->folders ? "1" : "", offer->list ? "1" : "");
}

/* The commands of a group, or with NULL those of the program. */
static void write_commands(FILE *file, const struct mn_command *group)
{
    const struct mn_command *c;
    const char *between = "";
    for (int i = 0; (c = mn_command_at(i)); i++) {
        const char *name = group ? mn_command_within(c, group) : c->summary ? c->name : NULL;
        if (name)
            fprintf(file, "%s%s", between, name);
        between = name ? " " : between;
    }
}

/* "models" becomes "models list" where the second word stands before the cursor. */
static void write_groups(FILE *file)
{
    const struct mn_command *c;
    for (int i = 0; (c = mn_command_at(i)); i++)
        if (!c->run)
            fprintf(file,
                    "    [[ $command == '%s' && $COMP_CWORD -gt 2 ]] && command+=\" "
                    "${COMP_WORDS[2]}\"\n",
                    c->name);
}

static void write_options(FILE *file, const struct mn_command *c)
{
    const struct mn_opt *o;
    for (int i = 0; (o = mn_completion_option(c, i)); i++)
        fprintf(file, "%s--%s", i ? " " : "", o->name);
}

/* The branch for operands and names of options. */
static void write_command(FILE *file, const struct mn_command *c)
{
    fprintf(file, "    '%s')\n        ", c->name);
    if (c->run) {
        const struct mn_offer operand = mn_completion_operand(c);
        write_offer(file, &operand);
        fputs("\n        options='", file);
        write_options(file, c);
    } else {
        fputs("words='", file);
        write_commands(file, c);
        fputs("'\n        options='--help", file);
    }
    fputs("'\n        ;;\n", file);
}

/* The branch for the value of an option. */
static void write_value(FILE *file, const struct mn_command *c, const struct mn_opt *o)
{
    const struct mn_offer offer = mn_completion_value(o);
    if (o->type->flag)
        return;
    fprintf(file, "    '%s --%s'", c->name, o->name);
    if (o->letter)
        fprintf(file, " | '%s -%c'", c->name, o->letter);
    fputs(")\n        ", file);
    write_offer(file, &offer);
    fputs(" options=\n        ;;\n", file);
}

void mn_completion_bash(FILE *file)
{
    const struct mn_command *c;
    const struct mn_opt *o;
    fputs(head, file);
    write_groups(file);
    fputs("    case $command in\n    '')\n        words='", file);
    write_commands(file, NULL);
    fputs("'\n        options='--help --version --completion'\n        ;;\n"
          "    --completion)\n        words='bash zsh fish'\n        ;;\n",
          file);
    for (int i = 0; (c = mn_command_at(i)); i++)
        write_command(file, c);
    fputs("    esac\n    case \"$command $option\" in\n", file);
    for (int i = 0; (c = mn_command_at(i)); i++)
        for (int k = 0; c->run && (o = mn_completion_option(c, k)); k++)
            write_value(file, c, o);
    fputs("    esac\n", file);
    fputs(tail, file);
}
