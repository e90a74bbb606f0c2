/* How attempts at jobs end: well, badly, lost, or at a limit; what the ledger and the summary say.
 */
#ifndef MN_CLI_ATTEMPT_H
#define MN_CLI_ATTEMPT_H

#include "batch/supervisor_state.h"

/* Writes an event of the slot's job to the ledger. */
void mn_attempt_note(struct mn_batch *b, const struct mn_job_slot *s, enum mn_ledger_event event,
                     struct mn_ledger_entry *e);

/* The job has ended for good. */
void mn_attempt_end(struct mn_batch *b, struct mn_job_slot *s, enum mn_job_state state, int err,
                    const char *message);

/* Tries the job again or gives it up. The slot itself goes on, but a process that it needed for the
 * job was killed. */
void mn_attempt_repeat(struct mn_batch *b, struct mn_job_slot *s, const char *message);

/* Ends the slot, and tries its job again or gives it up. why: the limit it exceeded; NULL: it ended
 * by itself. */
void mn_attempt_lose(struct mn_batch *b, struct mn_job_slot *s, const char *why);

/* The limit that a running job exceeds, in words; "" if it exceeds none. */
void mn_attempt_limits(struct mn_batch *b, struct mn_job_slot *s, char *why, size_t size);

#endif
