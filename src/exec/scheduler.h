/* The inside of an executor: frames in flight, and the thread that may touch each of them.
 *
 *   frame is                 touched by
 *   waiting in `ready`       no thread; taken under the lock
 *   in an any-order stage    the worker that took it
 *   waiting in a lane        no thread; lane->slot under the lock
 *   in an in-order stage     the one thread that has the lane (lane->busy)
 *   waiting in `done`        no thread; taken by receive under the lock
 *
 * The lock is never held while a stage runs.
 *
 * exec.c opens, closes, sends and receives; scheduler.c moves frames from leg to leg; exec_stats.c
 * adds up and measures. */
#ifndef MN_EXEC_SCHEDULER_H
#define MN_EXEC_SCHEDULER_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/team.h"
#include "base/testing.h"
#include "exec/legs.h"
#include "exec/processes.h"

struct mn_exec_worker {
    struct mn_exec *exec;
    int index;
    void *state[MN_MAX_LEGS]; /* of the any-order stages, by mn_legs.state_of */
    struct mn_spans *spans;   /* MN_MAX_LEGS, by mn_legs.state_of; with processes in the region */
    pthread_t thread;
    bool started;
    int start_result; /* 1 until its process or its stages are open; under the lock */
    uint32_t jitter;  /* state of the delay generator of tests */
};

/* An in-order leg: frames wait here until it is their turn. */
struct mn_exec_lane {
    struct mn_frame **slot; /* by number modulo frames */
    uint64_t next;          /* the number whose turn it is */
    bool busy;              /* a thread is inside the stage */
    bool end_seen;          /* flush was called */
    void *state;
    struct mn_spans *spans;
};

struct mn_exec {
    const struct mn_context *ctx;
    enum mien_exec kind;
    int frames;
    int num_workers;           /* changed by the sending thread, under the lock */
    struct mn_testing testing; /* as it was when this was opened */
    struct mn_legs legs;
    struct mn_processes *processes; /* NULL in the other modes */
    struct mn_exec_lane lane[MN_MAX_LEGS];
    struct mn_exec_worker *workers;
    atomic_bool interrupted;
    struct mn_frame *newest; /* with key frames: the frame sent last, held back until it is known
                                whether it is the last of the stream; used by the sending thread */

    pthread_mutex_t lock; /* all below */
    pthread_cond_t work, finished;
    bool quit, ended;
    uint64_t num_sent;       /* also the number of the next frame */
    struct mn_frame **ready; /* any-order tasks, at most `frames` */
    int num_ready;
    int num_idle;           /* workers that wait */
    int active;             /* tasks ready or being worked on, and calls */
    uint32_t calls;         /* lanes that a worker is asked to drain, as bits */
    struct mn_frame **done; /* by number modulo frames */
    uint64_t next_out;
    int64_t tasks;
    double queue_sum;
    int queue_max;
    struct mn_rate rate[MN_MAX_LEGS]; /* frames that came through a stage, by its first leg */
};

/* Moves a frame to its next leg: a lane, the ready tasks, or the way out. sending: the caller is
 * mn_exec_send, whose thread has pictures to decode; with threads, a worker then drains the lane.
 */
void mn_scheduler_advance(struct mn_exec *e, struct mn_frame *f, bool sending);

/* Runs the lane's stage on all frames whose turn it is, and its flush at the end of the stream. If
 * another thread is inside, that one does it before it leaves. */
void mn_scheduler_drain(struct mn_exec *e, int leg);

/* Wakes idle workers for the team. ctx: the struct mn_exec. */
void mn_scheduler_call_helpers(void *ctx);

/* Sequential: the calling thread takes the tasks until there are none. */
void mn_scheduler_run_ready(struct mn_exec *e);

/* Work that keeps receive waiting: more of it, and less. */
void mn_scheduler_begin_work(struct mn_exec *e);
void mn_scheduler_end_work(struct mn_exec *e);

/* All frames are out and every lane was flushed: only then do stages rest. The lock is held. */
bool mn_scheduler_at_end(const struct mn_exec *e);

/* The thread of a worker, given its struct mn_exec_worker. */
void *mn_scheduler_worker(void *worker);

#endif
