#include "base/cpu.h"

#include <stddef.h>
#include <stdlib.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

static bool wants_plain(void)
{
    const char *plain = getenv("MIEN_PLAIN");
    return plain && *plain == '1';
}

static bool runs(enum mn_cpu_level level)
{
    bool avx2 = false, avx512 = false;
#if defined(__x86_64__)
    avx2 = __builtin_cpu_supports("avx2");
    avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#endif
    return level == MN_CPU_PLAIN || (level == MN_CPU_AVX2 ? avx2 : avx512);
}

const void *mn_cpu_build(mn_cpu_builds builds, int i)
{
    for (int level = MN_CPU_PLAIN; level < MN_CPU_LEVELS; level++)
        if (builds[level] && runs((enum mn_cpu_level)level) && i-- == 0)
            return builds[level];
    return NULL;
}

const void *mn_cpu_best(mn_cpu_builds builds)
{
    int level = wants_plain() ? MN_CPU_PLAIN : MN_CPU_LEVELS - 1;
    while (level > MN_CPU_PLAIN && (!builds[level] || !runs((enum mn_cpu_level)level)))
        level--;
    return builds[level];
}

bool mn_cpu_has_sha(void)
{
    bool has = false;
#if defined(__x86_64__)
    /* By cpuid: some compilers that we support do not know __builtin_cpu_supports("sha"). */
    unsigned a, b, c, d;
    has = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSE4_1) &&
          __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
#endif
    return has && !wants_plain();
}
