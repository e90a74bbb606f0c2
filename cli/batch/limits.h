/* What jobs may use: cores and memory of the machine, and the limits of the user. */
#ifndef MN_CLI_LIMITS_H
#define MN_CLI_LIMITS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The time that a job may take: the smaller of both, where they are set. */
struct mn_timeout {
    double seconds; /* 0: none */
    double factor;  /* of the duration of the video; 0: none */
};

/* Reads "600", "20x" or "20x,600". False: another text. */
bool mn_timeout_parse(struct mn_timeout *t, const char *text);

/* Seconds that a job may take for a video of this duration (0: not known); 0: no limit. */
double mn_timeout_for(const struct mn_timeout *t, double media_seconds);

/* Bytes that this process and those that it starts may use: the smallest of the memory that the
 * system has available, the limits of the cgroup and its parents (v2), and SLURM_MEM_PER_NODE. */
int64_t mn_memory_available(void);

/* Bytes that a process and all its descendants use for themselves, without files that they share.
 * 0 if that cannot be determined (not Linux). */
int64_t mn_memory_of_tree(pid_t pid);

/* The number of jobs: `wanted`, 0 for as many as possible, bounded by cores, memory and jobs there
 * are. At least 1. */
int mn_jobs_allowed(int wanted, int cores, int64_t memory, int jobs);

/* Times that the kernel ended a process because memory was used up, since the system started; -1:
 * not known. */
int64_t mn_memory_kills(void);

#endif
