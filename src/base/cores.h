/* The number of CPU cores this process may use. */
#ifndef MN_BASE_CORES_H
#define MN_BASE_CORES_H

/* The smallest of: CPU affinity, cgroup CPU quota (v2 and v1, rounded up), SLURM_CPUS_PER_TASK.
 * At least 1. */
int mn_cores(void);

/* The quota in a line of cgroup v2's cpu.max ("max 100000", "150000 100000") as cores, rounded up;
 * 0 if there is no limit or the line is not understood. */
int mn_cores_from_cpu_max(const char *line);

#endif
