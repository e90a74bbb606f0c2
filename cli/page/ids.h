/* Counts how often the face_id of a person changed: a new id begins where another one ended up to
 * two seconds before. */
#ifndef MN_CLI_IDS_H
#define MN_CLI_IDS_H

#include <stdbool.h>
#include <stdint.h>

#include "page/person.h"

enum { MN_IDS_RECENT = 1024 };

struct mn_ids {
    bool boxes; /* without them changes are not known */
    int64_t changes;
    int recent[MN_IDS_RECENT]; /* numbers of the people seen in the last two seconds */
    int n;
    int fresh[MN_IDS_RECENT]; /* those whose first frame is this one */
    int num_fresh;
};

/* A person was seen in the present frame. */
void mn_ids_seen(struct mn_ids *ids, struct mn_person *people, int number);

/* The frame with this ordinal and time is complete. */
void mn_ids_frame(struct mn_ids *ids, struct mn_person *people, int64_t frame, double time);

#endif
