#include <string.h>

#include "completion/completion.h"

static const char head[] =
    "# Completion of mien for fish, written by: mien --completion fish\n"
    "\n"
    "# Does the line before the cursor begin with mien and these words?\n"
    "function __mien_is\n"
    "    set -l words (commandline -opc)\n"
    "    test (count $words) -gt (count $argv); or return 1\n"
    "    for i in (seq (count $argv))\n"
    "        test $words[(math $i + 1)] = $argv[$i]; or return 1\n"
    "    end\n"
    "end\n"
    "\n"
    "# Is this the word after exactly that many words?\n"
    "function __mien_after\n"
    "    test (count (commandline -opc)) -eq $argv[1]\n"
    "end\n"
    "\n"
    "complete -c mien -f\n"
    "complete -c mien -n '__mien_after 1' -l help -s h -d 'list the commands'\n"
    "complete -c mien -n '__mien_after 1' -l version -d 'versions of the libraries in use'\n"
    "complete -c mien -n '__mien_after 1' -l completion -d 'write the completion of a shell'\n"
    "complete -c mien -n '__mien_is --completion; and __mien_after 2' -a 'bash zsh fish'\n";

static void quote(FILE *file, const char *text)
{
    mn_completion_quote(file, text, "\\'");
}

/* Words, and names in the file system. */
static void write_offer(FILE *file, const struct mn_offer *offer)
{
    if (offer->files)
        fputs(" -F", file);
    if (!*offer->words && !offer->folders)
        return;
    fputs(" -a '", file);
    fprintf(file,
            offer->list ? "(__fish_complete_list , \"string split \\\" \\\" \\\"%s\\\"\")" : "%s",
            offer->words);
    fputs(offer->folders && !offer->files ? " (__fish_complete_directories)'" : "'", file);
}

static void write_option(FILE *file, const struct mn_command *c, const struct mn_opt *o)
{
    const struct mn_offer offer = mn_completion_value(o);
    fprintf(file, "complete -c mien -n '__mien_is %s' -l %s", c->name, o->name);
    if (o->letter)
        fprintf(file, " -s %c", o->letter);
    if (!o->type->flag) {
        fputs(offer.files ? " -r" : " -x", file);
        write_offer(file, &offer);
    }
    fputs(" -d ", file);
    quote(file, o->help);
    fputc('\n', file);
}

static void write_command(FILE *file, const struct mn_command *c)
{
    const struct mn_opt *o;
    const struct mn_offer operand = mn_completion_operand(c);
    const char *blank = strrchr(c->name, ' ');
    if (blank)
        fprintf(file, "complete -c mien -n '__mien_is %.*s; and __mien_after 2' -a %s",
                (int)(blank - c->name), c->name, blank + 1);
    else
        fprintf(file, "complete -c mien -n '__mien_after 1' -a %s", c->name);
    if (c->summary) {
        fputs(" -d ", file);
        quote(file, c->summary);
    }
    fputc('\n', file);
    if (!c->run)
        return;
    if (*operand.words || operand.files) {
        fprintf(file, "complete -c mien -n '__mien_is %s'", c->name);
        write_offer(file, &operand);
        fputc('\n', file);
    }
    for (int i = 0; (o = mn_completion_option(c, i)); i++)
        write_option(file, c, o);
}

void mn_completion_fish(FILE *file)
{
    const struct mn_command *c;
    fputs(head, file);
    for (int i = 0; (c = mn_command_at(i)); i++)
        write_command(file, c);
}
