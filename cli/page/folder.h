/* The report of many results: a page with one row for each, and a page of its own for each. */
#ifndef MN_CLI_FOLDER_PAGE_H
#define MN_CLI_FOLDER_PAGE_H

#include <stdbool.h>
#include <stdio.h>

#include "events/event_rules.h"
#include "table/results.h"

struct mn_folder_page {
    const struct mn_results *results;
    const char *folder;  /* of the names of the results; "" if there are several */
    const char *output;  /* of the page; the others go to a folder beside it. "-": none of them */
    const char *summary; /* of mien extract; NULL: none */
    const struct mn_event_rules *rules;
    bool force;
    bool thumbnails;
    int hide; /* enum mn_hide: faces in thumbnails */
};

/* Writes the page to f, and the pages of the results. A result that cannot be read is reported and
 * listed in the page; *unread is the error of the first one, or 0. */
int mn_folder_page_write(FILE *f, const struct mn_folder_page *page, int *unread);

#endif
