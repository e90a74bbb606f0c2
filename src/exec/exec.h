/* Runs the stages on frames.
 *
 * The stages form a row of legs. A frame moves along it: through any-order legs as a task that any
 * worker may take, through in-order legs when its turn comes, and at the end it waits until it is
 * the next by number. All executors share one scheduler (exec/scheduler.h) and differ only in what
 * takes the tasks: the caller, worker threads, or threads that hand them to worker processes. */
#ifndef MN_EXEC_EXEC_H
#define MN_EXEC_EXEC_H

#include <mien/stats.h>

#include "stage/stage.h"

struct mn_exec;

/* Opens the states of all stages and starts the workers, as the settings of ctx say: exec, workers,
 * max_workers, frames (the most that will be in flight). MIEN_SEQUENTIAL has one worker: the
 * caller.
 */
int mn_exec_open(struct mn_exec **out, const struct mn_context *ctx);

/* Stops the workers; frames in flight stay with the pool. */
void mn_exec_close(struct mn_exec **e);

/* Takes the frame. Sequential: runs it at once. */
void mn_exec_send(struct mn_exec *e, struct mn_frame *f);

/* More worker threads, `workers` in all; not with processes. By the thread that sends. A sequential
 * executor becomes a threaded one: its only worker goes on in a thread of its own. */
int mn_exec_add_workers(struct mn_exec *e, int workers);

/* No more frames will be sent. */
void mn_exec_end(struct mn_exec *e);

/* The next frame in the order sent. MIEN_EAGAIN: none is ready, and if `wait`, none can become
 * ready without another send. MIEN_EEOF: ended and all were received. */
int mn_exec_receive(struct mn_exec *e, struct mn_frame **out, bool wait);

/* Ended, and all frames were received? */
bool mn_exec_at_end(struct mn_exec *e);

/* Only at the end: numbers start again; what stages remember and an interruption are forgotten. */
void mn_exec_reset(struct mn_exec *e);

/* Frames not yet begun pass through with MIEN_EINTERRUPTED. Safe in a signal handler. */
void mn_exec_interrupt(struct mn_exec *e);

/* One span, over all workers and lanes. */
struct mn_exec_span {
    const struct mn_span_info *info;
    struct mn_hist hist;
};

/* Sums since the last clearing. The executor may be running; then they are a little old. */
struct mn_exec_stats {
    int num_spans; /* of all rows of mn_stages */
    struct mn_exec_span span[MIEN_SPANS_MAX];
    int64_t tasks;
    double queue_sum; /* frames waiting, summed over tasks taken */
    int queue_max, workers;
    int num_stages; /* those that have a leg, in the order of their first one */
    struct {
        const char *name;
        struct mn_rate rate; /* of frames that came through */
    } stage[MIEN_STAGES_MAX];
    int64_t restarts, quarantined; /* of processes; frames that killed too many */
    const char *provider;          /* that the processes run; NULL in the other modes */
};
void mn_exec_stats(struct mn_exec *e, struct mn_exec_stats *out);
void mn_exec_clear_stats(struct mn_exec *e);

/* The first leg of a stage; -1: it has none. */
int mn_exec_leg(const struct mn_exec *e, const struct mn_stage *stage);

/* The state of an in-order stage, for what it keeps after the stream has ended; NULL: no leg. */
void *mn_exec_lane_state(struct mn_exec *e, const struct mn_stage *stage);

/* Idle only. All workers at the same time run the networks of the any-order stages in turn, for
 * about `seconds`. mean: seconds of one run of the network, by the first leg of its stage. */
int mn_exec_measure(struct mn_exec *e, double seconds, double mean[MN_MAX_LEGS]);

#endif
