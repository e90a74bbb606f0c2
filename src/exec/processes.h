/* Worker processes: start, feed, watch, replace. Each has one thread in the parent, which calls
 * everything here with its number; so a worker has one frame at a time. */
#ifndef MN_EXEC_PROCESSES_H
#define MN_EXEC_PROCESSES_H

#include "exec/legs.h"

struct mn_processes;

/* Nothing is started yet. ctx->region holds the frames. MIEN_EWORKER, logged: there is no program
 * to start. */
int mn_processes_open(struct mn_processes **out, const struct mn_context *ctx,
                      const struct mn_legs *legs, int workers);

/* After mn_processes_stop of all. */
void mn_processes_close(struct mn_processes **p);

/* Starts worker i and waits until its models are loaded. The same thread must feed it. An error of
 * the worker is logged. */
int mn_processes_start(struct mn_processes *p, int i);
void mn_processes_stop(struct mn_processes *p, int i);

/* All waits for workers end soon: from any thread, before the threads are joined. */
void mn_processes_quit(struct mn_processes *p);

/* Worker i runs the legs from f->leg to last_leg. When it dies or hangs, another one tries again,
 * until that has happened too often with this frame: then its error is MIEN_EWORKER. Other errors
 * are the frame's as in the other executors, or mean that no worker can be started. */
void mn_processes_run(struct mn_processes *p, int i, struct mn_frame *f, int last_leg);

/* As mn_legs_measure. */
int mn_processes_measure(struct mn_processes *p, int i, double seconds, double total[MN_MAX_LEGS],
                         int64_t *runs);

/* What worker i measured of itself: MN_MAX_LEGS, by mn_legs.state_of. */
struct mn_spans *mn_processes_spans(struct mn_processes *p, int i);

/* Since the last clearing. provider: what the workers run, NULL before the first is there. */
void mn_processes_counts(struct mn_processes *p, int64_t *restarts, int64_t *quarantined);
void mn_processes_clear(struct mn_processes *p);
const char *mn_processes_provider(const struct mn_processes *p);

/* The sizes of this build's records. */
struct mn_region_plan;
struct mn_region_plan mn_processes_plan(uint32_t slots, uint32_t workers);

#endif
