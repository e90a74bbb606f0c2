#include "clnf/kernels.h"

#include "base/cpu.h"

extern const struct mn_clnf_kernels mn_clnf_kernels_avx2, mn_clnf_kernels_avx512;

static mn_cpu_builds builds = {
    [MN_CPU_PLAIN] = &mn_clnf_kernels_plain,
#ifdef MN_HAVE_AVX2
    [MN_CPU_AVX2] = &mn_clnf_kernels_avx2,
#endif
#ifdef MN_HAVE_AVX512
    [MN_CPU_AVX512] = &mn_clnf_kernels_avx512,
#endif
};

const struct mn_clnf_kernels *mn_clnf_kernels_build(int i)
{
    return mn_cpu_build(builds, i);
}

const struct mn_clnf_kernels *mn_clnf_kernels_best(void)
{
    return mn_cpu_best(builds);
}
