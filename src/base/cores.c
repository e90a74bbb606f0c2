#if defined(__linux__)
#define _GNU_SOURCE /* sched_getaffinity */
#endif
#include "base/cores.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int mn_cores_from_cpu_max(const char *line)
{
    long long quota, period;
    if (sscanf(line, "%lld %lld", &quota, &period) != 2 || quota <= 0 || period <= 0)
        return 0;
    long long n = quota / period + (quota % period != 0);
    return n > 1 << 20 ? 0 : (int)n;
}

#if defined(__linux__)
static int read_line(const char *path, char *buf, int size)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return 0;
    int ok = fgets(buf, size, f) != NULL;
    fclose(f);
    return ok;
}

static void at_most(int *cores, int limit)
{
    if (limit > 0 && limit < *cores)
        *cores = limit;
}

/* The quota may be set on any ancestor of our cgroup, so all of them are read up to the root. */
static void limit_by_cgroup(int *cores)
{
    char line[512], path[640], dir[512] = "/";
    FILE *f = fopen("/proc/self/cgroup", "re");
    if (f) {
        while (fgets(line, sizeof(line), f))
            if (!strncmp(line, "0::", 3)) {
                line[strcspn(line, "\n")] = 0;
                snprintf(dir, sizeof(dir), "%s", line + 3);
            }
        fclose(f);
    }
    for (;;) {
        snprintf(path, sizeof(path), "/sys/fs/cgroup%s/cpu.max", dir);
        if (read_line(path, line, sizeof(line)))
            at_most(cores, mn_cores_from_cpu_max(line));
        char *slash = strrchr(dir, '/');
        if (!slash)
            break;
        *slash = 0;
    }

    char quota[64], period[64];
    if (read_line("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", quota, sizeof(quota)) &&
        read_line("/sys/fs/cgroup/cpu/cpu.cfs_period_us", period, sizeof(period))) {
        quota[strcspn(quota, "\n")] = 0;
        snprintf(line, sizeof(line), "%s %s", quota, period);
        at_most(cores, mn_cores_from_cpu_max(line));
    }
}
#endif

int mn_cores(void)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    int cores = online > 0 ? (int)online : 1;
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0)
        cores = CPU_COUNT(&set);
    limit_by_cgroup(&cores);
#endif
    const char *slurm = getenv("SLURM_CPUS_PER_TASK");
    if (slurm && *slurm) {
        int n = atoi(slurm);
        if (n > 0 && n < cores)
            cores = n;
    }
    return cores;
}
