/* The page of a report: a template that was made when mien was built, with the data in it. */
#ifndef MN_CLI_PAGE_H
#define MN_CLI_PAGE_H

#include <stdio.h>

/* MIEN_ENOTBUILT, reported, if this build has no template. */
int mn_page_check(void);

/* What stands before and after the data, which the caller writes: one JSON object whose strings
 * contain no "<". */
void mn_page_begin(FILE *f);
void mn_page_end(FILE *f);

/* Made by scripts/embed_page.py; sizes 0: uPlot was missing. */
extern const unsigned char mn_page_before[], mn_page_after[];
extern const unsigned mn_page_before_size, mn_page_after_size;

#endif
