#include "batch/limits.h"

#include <ctype.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define JOB_MEMORY ((int64_t)300 << 20) /* what a job usually needs at most */

/* -------------------------------------------------------------------------------- timeout ---- */

bool mn_timeout_parse(struct mn_timeout *t, const char *text)
{
    *t = (struct mn_timeout){0};
    for (const char *p = text; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
        char *end;
        const double v = strtod(p, &end);
        const bool factor = *end == 'x';
        if (!isdigit((unsigned char)*p) || !(v > 0 && v <= 1e9) ||
            (end[factor] && end[factor] != ','))
            return false;
        *(factor ? &t->factor : &t->seconds) = v;
    }
    return true;
}

double mn_timeout_for(const struct mn_timeout *t, double media_seconds)
{
    const double by_duration = t->factor * media_seconds;
    if (t->seconds > 0 && by_duration > 0)
        return fmin(t->seconds, by_duration);
    return by_duration > 0 ? by_duration : t->seconds;
}

/* --------------------------------------------------------------------------------- memory ---- */

/* The first number after `key` in a file; -1: none. */
static int64_t number_in(const char *path, const char *key)
{
    char line[256];
    long long v = -1;
    FILE *file = fopen(path, "re");
    while (file && v < 0 && fgets(line, sizeof(line), file))
        if (!strncmp(line, key, strlen(key)) && sscanf(line + strlen(key), "%lld", &v) != 1)
            v = -1;
    if (file)
        fclose(file);
    return v;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return b >= 0 && b < a ? b : a;
}

/* What the groups of this process leave: from its own up to the root. */
static int64_t cgroup_memory(void)
{
    char group[512] = "", path[600];
    int64_t least = INT64_MAX;
    FILE *file = fopen("/proc/self/cgroup", "re");
    if (file) {
        while (fgets(path, sizeof(path), file))
            if (sscanf(path, "0::%511s", group) == 1)
                break;
        fclose(file);
    }
    for (char *slash = group + strlen(group); group[0]; slash = strrchr(group, '/')) {
        if (!slash)
            break;
        *slash = 0;
        snprintf(path, sizeof(path), "/sys/fs/cgroup%s/memory.max", group);
        const int64_t most = number_in(path, "");
        snprintf(path, sizeof(path), "/sys/fs/cgroup%s/memory.current", group);
        const int64_t used = number_in(path, "");
        if (most > 0)
            least = smaller(least, most > used ? most - used : 0);
    }
    return least;
}

int64_t mn_memory_available(void)
{
    const int64_t kib = number_in("/proc/meminfo", "MemAvailable:");
    int64_t least = kib > 0 ? kib * 1024 : INT64_MAX;
    const char *slurm = getenv("SLURM_MEM_PER_NODE"); /* MB */
    const long long mb = slurm ? atoll(slurm) : 0;
    if (mb > 0 && mb < INT64_MAX >> 20)
        least = smaller(least, (int64_t)mb << 20);
    return smaller(least, cgroup_memory());
}

int64_t mn_memory_kills(void)
{
    return number_in("/proc/vmstat", "oom_kill ");
}

/* ----------------------------------------------------------------------------- processes ---- */

struct process {
    pid_t pid, parent;
    bool counted;
};

/* The parent of a process; -1: it is gone. The name in the second field may contain anything. */
static pid_t parent_of(pid_t pid)
{
    char path[64], text[512];
    snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
    FILE *file = fopen(path, "re");
    size_t n = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
    long parent = -1;
    text[n] = 0;
    const char *name_end = strrchr(text, ')');
    if (file)
        fclose(file);
    if (name_end)
        sscanf(name_end + 1, " %*c %ld", &parent);
    return (pid_t)parent;
}

static int list_processes(struct process **list)
{
    int n = 0, room = 0;
    DIR *proc = opendir("/proc");
    struct dirent *d;
    *list = NULL;
    while (proc && (d = readdir(proc))) {
        struct process *more;
        if (!isdigit((unsigned char)d->d_name[0]))
            continue;
        more = mn_grow(*list, n, &room, sizeof(**list));
        if (!more)
            break;
        *list = more;
        (*list)[n].pid = (pid_t)atol(d->d_name);
        (*list)[n].parent = parent_of((*list)[n].pid);
        (*list)[n++].counted = false;
    }
    if (proc)
        closedir(proc);
    return n;
}

/* Resident pages without those that files share. */
static int64_t private_memory(pid_t pid)
{
    char path[64];
    long long resident = 0, shared = 0;
    snprintf(path, sizeof(path), "/proc/%ld/statm", (long)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    if (fscanf(file, "%*d %lld %lld", &resident, &shared) != 2)
        resident = shared = 0;
    fclose(file);
    return resident > shared ? (resident - shared) * sysconf(_SC_PAGESIZE) : 0;
}

int64_t mn_memory_of_tree(pid_t pid)
{
    struct process *p;
    const int n = list_processes(&p);
    int64_t sum = 0;
    bool more = true;
    for (int i = 0; i < n; i++)
        p[i].counted = p[i].pid == pid;
    while (more) {
        more = false;
        for (int i = 0; i < n; i++)
            for (int k = 0; !p[i].counted && k < n; k++)
                if (p[k].counted && p[k].pid == p[i].parent)
                    more = p[i].counted = true;
    }
    for (int i = 0; i < n; i++)
        sum += p[i].counted ? private_memory(p[i].pid) : 0;
    free(p);
    return sum;
}

int mn_jobs_allowed(int wanted, int cores, int64_t memory, int jobs)
{
    int most = wanted > 0 && wanted < cores ? wanted : cores;
    if (memory / JOB_MEMORY < most)
        most = (int)(memory / JOB_MEMORY);
    most = most < jobs ? most : jobs;
    return most > 1 ? most : 1;
}
