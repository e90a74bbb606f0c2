/* A table of persons, for stages that remember what earlier frames showed: boxes, trackers, moving
 * averages, medians. In order of appearance. */
#ifndef MN_STAGE_PEOPLE_H
#define MN_STAGE_PEOPLE_H

#include <stddef.h>
#include <stdint.h>

/* How long a person who is not seen stays in the tables, in seconds of media time. The stage that
 * gives out the ids ends a track after the first; stages behind it wait for the second, which is
 * longer, so that none of them forgets a person whose track may still go on. */
#define MN_PEOPLE_PATIENCE 2.0
#define MN_PEOPLE_GONE 2.5

/* First member of every entry. */
struct mn_person {
    int32_t id;
    double seen; /* seconds of media time, when it was seen last */
};

struct mn_people {
    char *entry;
    size_t size; /* of an entry */
    int num, room;
    int max; /* 0: the table grows */
};

/* max: all room is allocated at once, and pages that are never used cost nothing. 0 or
 * MIEN_ENOMEM. */
int mn_people_open(struct mn_people *p, size_t size, int max);
void mn_people_close(struct mn_people *p);

static inline void *mn_people_at(const struct mn_people *p, int i)
{
    return p->entry + (size_t)i * p->size;
}

/* NULL: not there. */
void *mn_people_find(const struct mn_people *p, int32_t id);

/* A new entry at the end, zeroed but for the person. NULL: the table is full, or no memory. */
void *mn_people_add(struct mn_people *p, int32_t id, double now);

void mn_people_remove(struct mn_people *p, int i);

/* Removes all persons not seen for more than `patience` seconds. */
void mn_people_forget(struct mn_people *p, double now, double patience);

/* The entry seen longest ago, the first of several; -1: the table is empty. */
int mn_people_oldest(const struct mn_people *p);

#endif
