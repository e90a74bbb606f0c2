#include <string.h>

#include "completion/completion.h"

static const char head[] = "#compdef mien\n"
                           "# Completion of mien for zsh, written by: mien --completion zsh\n"
                           "_mien()\n"
                           "{\n"
                           "    local -a commands\n"
                           "    local command=$words[2]\n";

/* Text in a place where a character of `special` has a meaning; all within single quotes. */
static void escape(FILE *file, const char *text, const char *special)
{
    for (; *text; text++) {
        if (*text == '\'') {
            fputs("'\\''", file);
            continue;
        }
        if (strchr(special, *text))
            fputc('\\', file);
        fputc(*text, file);
    }
}

/* ":message:action" of _arguments. An action that begins with a blank is called as it is; a colon
 * in it would end it. */
static void write_offer(FILE *file, const char *message, const struct mn_offer *offer)
{
    const char *names = offer->files ? "_files" : offer->folders ? "_files -/" : NULL;
    fputc(':', file);
    escape(file, message, ":");
    fputc(':', file);
    if (offer->list && *offer->words)
        fprintf(file, " _values -s , value %s", offer->words);
    else if (*offer->words && names)
        fprintf(file, " _alternative \"word\\:word\\:(%s)\" \"file\\:file\\:%s\"", offer->words,
                names);
    else if (*offer->words)
        fprintf(file, "(%s)", offer->words);
    else if (names)
        fputs(names, file);
    else
        fputc(' ', file);
}

static void write_option(FILE *file, const struct mn_opt *o)
{
    char argument[100];
    const struct mn_offer offer = mn_completion_value(o);
    mn_opt_argument(o, argument, sizeof(argument));
    for (int letter = 0; letter <= (o->letter != 0); letter++) {
        if (letter)
            fprintf(file, " \\\n            '(--%s)-%c%s[", o->name, o->letter,
                    o->type->flag ? "" : "+");
        else if (o->letter)
            fprintf(file, " \\\n            '(-%c)--%s%s[", o->letter, o->name,
                    o->type->flag ? "" : "=");
        else
            fprintf(file, " \\\n            '--%s%s[", o->name, o->type->flag ? "" : "=");
        escape(file, o->help, "[]\\");
        fputc(']', file);
        if (!o->type->flag)
            write_offer(file, argument, &offer);
        fputc('\'', file);
    }
}

/* The commands of a group, or with NULL those of the program, and what completes them. */
static void write_commands(FILE *file, const struct mn_command *group, const char *indent)
{
    const struct mn_command *c;
    fprintf(file, "%scommands=(", indent);
    for (int i = 0; (c = mn_command_at(i)); i++) {
        const char *name = group ? mn_command_within(c, group) : c->summary ? c->name : NULL;
        if (!name)
            continue;
        fprintf(file, "\n%s    '%s", indent, name);
        if (c->summary) {
            fputc(':', file);
            escape(file, c->summary, ":");
        }
        fputc('\'', file);
    }
    fprintf(file, "\n%s)\n%s_describe command commands\n", indent, indent);
}

/* Words of the line are cut off, so that "models list" looks like a command of one word. */
static void write_groups(FILE *file)
{
    const struct mn_command *c;
    for (int i = 0; (c = mn_command_at(i)); i++) {
        if (c->run)
            continue;
        fprintf(file,
                "    if [[ $command == '%s' ]]; then\n"
                "        if ((CURRENT == 3)); then\n",
                c->name);
        write_commands(file, c, "            ");
        fputs("            return\n"
              "        fi\n"
              "        command+=\" $words[3]\"\n"
              "        shift words\n"
              "        ((CURRENT--))\n"
              "    fi\n",
              file);
    }
}

static void write_command(FILE *file, const struct mn_command *c)
{
    const struct mn_opt *o;
    const struct mn_offer operand = mn_completion_operand(c);
    if (!c->run)
        return;
    fprintf(file, "    '%s')\n        _arguments -s -S", c->name);
    for (int i = 0; (o = mn_completion_option(c, i)); i++)
        write_option(file, o);
    if (*operand.words || operand.files) {
        fputs(" \\\n            '*", file);
        write_offer(file, "operand", &operand);
        fputc('\'', file);
    }
    fputs("\n        ;;\n", file);
}

void mn_completion_zsh(FILE *file)
{
    const struct mn_command *c;
    fputs(head, file);
    fputs("    if ((CURRENT == 2)) && [[ $PREFIX == -* ]]; then\n"
          "        compadd -- --help --version --completion\n"
          "        return\n"
          "    fi\n"
          "    if ((CURRENT == 2)); then\n",
          file);
    write_commands(file, NULL, "        ");
    fputs("        return\n"
          "    fi\n",
          file);
    write_groups(file);
    fputs("    shift words\n"
          "    ((CURRENT--))\n"
          "    case $command in\n"
          "    --completion)\n"
          "        compadd bash zsh fish\n"
          "        ;;\n",
          file);
    for (int i = 0; (c = mn_command_at(i)); i++)
        write_command(file, c);
    fputs("    esac\n"
          "}\n"
          "_mien \"$@\"\n",
          file);
}
