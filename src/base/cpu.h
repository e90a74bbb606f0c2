/* The instruction sets of this CPU, for code that exists in several builds. The environment
 * variable MIEN_PLAIN=1 makes every choice below the build without them. */
#ifndef MN_BASE_CPU_H
#define MN_BASE_CPU_H

#include <stdbool.h>

/* What a build of kernels needs. In ascending order of speed: a CPU that runs one runs those before
 * it. AVX512 stands for its parts F, DQ, BW and VL. */
enum mn_cpu_level { MN_CPU_PLAIN, MN_CPU_AVX2, MN_CPU_AVX512, MN_CPU_LEVELS };

/* The builds of one set of kernels by level; NULL: not compiled. MN_CPU_PLAIN must be there. */
typedef const void *const mn_cpu_builds[MN_CPU_LEVELS];

/* The i-th build that this CPU runs, the plain one first; NULL beyond the last. For tests, which
 * compare all builds; ignores MIEN_PLAIN. */
const void *mn_cpu_build(mn_cpu_builds builds, int i);

/* The fastest build that this CPU runs. */
const void *mn_cpu_best(mn_cpu_builds builds);

/* Whether the SHA-256 instructions, and SSE4.1 for the code around them, may be used. */
bool mn_cpu_has_sha(void);

#endif
