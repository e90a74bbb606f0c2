/* How many cores this process may use. */
#ifndef MN_BASE_CORES_H
#define MN_BASE_CORES_H

/* The smallest of: CPU affinity, cgroup CPU quota (v2 and v1, rounded up), SLURM_CPUS_PER_TASK.
 * At least 1. */
int mn_cores(void);

/* A cgroup v2 cpu.max line ("max 100000", "150000 100000") as cores, rounded up; 0 = no limit or
 * not understood. */
int mn_cores_from_cpu_max(const char *line);

#endif
