/* The legs of a run: the stages that are enabled, in the order of mn_stages. A parent and its
 * worker processes have the same. */
#ifndef MN_EXEC_LEGS_H
#define MN_EXEC_LEGS_H

#include "stage/stage.h"

struct mn_legs {
    int num;
    const struct mn_stage *stage[MN_MAX_LEGS];
    int state_of[MN_MAX_LEGS]; /* first leg with the same stage: a stage has one state */
};

/* stages: NULL-ended; mn_stages, but for tests. 0, or MIEN_EINTERNAL: more of them are enabled than
 * MN_MAX_LEGS. */
int mn_legs_init(struct mn_legs *legs, const struct mn_stage *const *stages,
                 const struct mn_context *ctx);

/* The last of the any-order legs that follow each other from `first` on. */
int mn_legs_last(const struct mn_legs *legs, int first);

/* "detect,interpolate,...": both sides must have the same. MN_LEGS_TEXT bytes hold all of it. */
#define MN_LEGS_TEXT (MN_MAX_LEGS * 32)
void mn_legs_names(const struct mn_legs *legs, char *buf, size_t size);

/* States of the any-order stages, one set for each worker, by state_of. Close them also after a
 * failed open. */
int mn_legs_open(const struct mn_legs *legs, const struct mn_context *ctx,
                 void *state[MN_MAX_LEGS]);
void mn_legs_close(const struct mn_legs *legs, void *state[MN_MAX_LEGS]);

/* Runs the networks in turn for about `seconds`, twice at least. total[leg]: seconds. */
int mn_legs_measure(const struct mn_legs *legs, void *const state[MN_MAX_LEGS], double seconds,
                    double total[MN_MAX_LEGS], int64_t *runs);

#endif
