#include <stddef.h>
#include <stdlib.h>

#include "clnf/kernels.h"

#ifdef MN_HAVE_AVX2
extern const struct mn_clnf_kernels mn_clnf_kernels_avx2;
#endif
#ifdef MN_HAVE_AVX512
extern const struct mn_clnf_kernels mn_clnf_kernels_avx512;
#endif

const struct mn_clnf_kernels *mn_clnf_kernels_build(int i)
{
    const struct mn_clnf_kernels *build[3] = {&mn_clnf_kernels_plain};
    int n = 1;
#ifdef MN_HAVE_AVX2
    if (__builtin_cpu_supports("avx2"))
        build[n++] = &mn_clnf_kernels_avx2;
#endif
#ifdef MN_HAVE_AVX512
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl"))
        build[n++] = &mn_clnf_kernels_avx512;
#endif
    return i < n ? build[i] : NULL;
}

const struct mn_clnf_kernels *mn_clnf_kernels_best(void)
{
    const char *plain = getenv("MIEN_PLAIN");
    int i = 0;
    while (!(plain && *plain == '1') && mn_clnf_kernels_build(i + 1))
        i++;
    return mn_clnf_kernels_build(i);
}
