/* What the run has for the clients of the live page, and what they want of it. The run never waits
 * here: it replaces the newest picture and overwrites the oldest lines, whether or not a client has
 * read them.
 *
 * Any thread. The bell is rung without the lock. */
#ifndef MN_CLI_HUB_H
#define MN_CLI_HUB_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MN_WEB_LINES 64
#define MN_WEB_LINE 4096 /* bytes of a line, without a line feed at its end */

/* A JPEG that clients share. */
struct mn_web_picture {
    int references;  /* under the lock of the hub */
    uint64_t number; /* from 1 */
    size_t size;
    uint8_t data[];
};

struct mn_web_hub {
    pthread_mutex_t lock;
    char hello[MN_WEB_LINE]; /* what a client gets first; empty: not known yet */
    char line[MN_WEB_LINES][MN_WEB_LINE];
    uint64_t num_lines; /* line i is at i % MN_WEB_LINES */
    struct mn_web_picture *picture;
    uint64_t num_pictures;
    int listeners; /* open streams of lines */
    int waiting;   /* clients that wait for a picture */
    bool record;   /* a client wants a recording */
    bool closing;
};

void mn_web_hub_init(struct mn_web_hub *h);
void mn_web_hub_finish(struct mn_web_hub *h);

/* --------------------------------------------------------------------------------- the run ---- */

void mn_web_hub_hello(struct mn_web_hub *h, const char *line);
void mn_web_hub_line(struct mn_web_hub *h, const char *line);                /* too long: dropped */
int mn_web_hub_picture(struct mn_web_hub *h, const void *data, size_t size); /* 0 or MIEN_ENOMEM */

struct mn_web_wishes {
    bool lines, picture, record;
};
struct mn_web_wishes mn_web_hub_wishes(struct mn_web_hub *h);
void mn_web_hub_record(struct mn_web_hub *h, bool on); /* a client as well */
void mn_web_hub_close(struct mn_web_hub *h);

/* ------------------------------------------------------------------------------ the server ---- */

/* A client starts with zeros. */
struct mn_web_cursor {
    bool greeted;
    uint64_t next; /* line */
};

/* Copies the next line to buf of MN_WEB_LINE bytes. False: there is none yet. A client that is too
 * late continues with the oldest line. */
bool mn_web_hub_next(struct mn_web_hub *h, struct mn_web_cursor *c, char *buf);
bool mn_web_hub_has_next(struct mn_web_hub *h, const struct mn_web_cursor *c);

/* A picture with a number above `after`, with a reference; NULL: none yet. */
struct mn_web_picture *mn_web_hub_take(struct mn_web_hub *h, uint64_t after);
void mn_web_hub_release(struct mn_web_hub *h, struct mn_web_picture *p);

void mn_web_hub_count(struct mn_web_hub *h, int listeners, int waiting); /* adds to the counts */
bool mn_web_hub_closing(struct mn_web_hub *h);

#endif
