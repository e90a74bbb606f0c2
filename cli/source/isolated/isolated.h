/* Demuxing and decoding in a process of its own, which has no rights but to read the one file that
 * was opened for it (sandbox.h) and to put pictures into memory that we look at. When it crashes,
 * hangs or is killed, the file ends there; the program goes on. */
#ifndef MN_CLI_ISOLATED_H
#define MN_CLI_ISOLATED_H

#include "source/source.h"

struct mn_isolated;

/* A regular file. What is wrong with it the child says. *facts is filled, its strings live as long
 * as *out. */
int mn_isolated_open(struct mn_isolated **out, const char *name, const struct mn_source_options *o,
                     struct mn_source_facts *facts);

/* As mn_source_read, _verdict; a child that is lost is the end of the stream, and damage. */
int mn_isolated_read(struct mn_isolated *d, mien_frame *f, struct mn_source_facts *facts);
int mn_isolated_verdict(struct mn_isolated *d, bool stopped_early, struct mn_source_facts *facts);

/* Pictures that are still lent keep their memory. */
void mn_isolated_close(struct mn_isolated **d);

/* The child: `mien --decoder PARENT`; its exit status. */
int mn_isolated_main(int argc, char **argv);
#define MN_DECODER_FLAG "--decoder"

/* Room for pixels in the child, for the source there: NULL when there is none. */
struct mn_arena;
uint8_t *mn_arena_get(struct mn_arena *a, size_t size);
void mn_arena_put(struct mn_arena *a, uint8_t *p);

#endif
