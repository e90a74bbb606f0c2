/* The instruction sets of this CPU, for code that is compiled in several builds. With MIEN_PLAIN=1
 * in the environment the plain build is chosen everywhere. */
#ifndef MN_BASE_CPU_H
#define MN_BASE_CPU_H

#include <stdbool.h>

/* The instruction set that a build of kernels needs, in ascending order: a CPU that has one has all
 * before it. MN_CPU_AVX512 means AVX-512 F, DQ, BW and VL. */
enum mn_cpu_level { MN_CPU_PLAIN, MN_CPU_AVX2, MN_CPU_AVX512, MN_CPU_LEVELS };

/* The builds of one set of kernels, by level; NULL: not compiled. The plain build always exists. */
typedef const void *const mn_cpu_builds[MN_CPU_LEVELS];

/* The i-th build that this CPU runs, the plain one first; NULL after the last. For tests that
 * compare all builds, so MIEN_PLAIN has no effect. */
const void *mn_cpu_build(mn_cpu_builds builds, int i);

/* The fastest build that this CPU runs. */
const void *mn_cpu_best(mn_cpu_builds builds);

/* Whether the SHA-256 instructions, and SSE4.1 for the code around them, are available. */
bool mn_cpu_has_sha(void);

#endif
