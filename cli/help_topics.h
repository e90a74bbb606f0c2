/* The table of topics that `mien help TOPIC` explains. */
#ifndef MN_CLI_HELP_TOPICS_H
#define MN_CLI_HELP_TOPICS_H

#include <stdio.h>

#define MN_TOPIC_PARAGRAPHS 8

/* A topic with the name of a command follows the help of that command. */
struct mn_topic {
    const char *name;
    const char *summary; /* one line of `mien help` */
    const char *page;    /* the manual page about it, or NULL */
    /* Paragraphs; one that begins with a blank is printed as it is. Unused ones are NULL. */
    const char *text[MN_TOPIC_PARAGRAPHS];
    void (*print)(FILE *file); /* a list that follows the text, or NULL */
};

/* Row i of the table; NULL past the end. */
const struct mn_topic *mn_topic_at(int i);

/* NULL: there is no such topic. */
const struct mn_topic *mn_topic_find(const char *name);

void mn_topic_print(const struct mn_topic *t, FILE *file);

/* One line for each topic. */
void mn_topic_summaries(FILE *file);

#endif
