#include "base/cpu.h"
#include "clnf/cen_kernels.h"

extern const struct mn_cen_kernels mn_cen_kernels_plain, mn_cen_kernels_avx2, mn_cen_kernels_avx512;

static mn_cpu_builds builds = {
    [MN_CPU_PLAIN] = &mn_cen_kernels_plain,
#ifdef MN_HAVE_AVX2
    [MN_CPU_AVX2] = &mn_cen_kernels_avx2,
#endif
#ifdef MN_HAVE_AVX512
    [MN_CPU_AVX512] = &mn_cen_kernels_avx512,
#endif
};

const struct mn_cen_kernels *mn_cen_kernels_build(int i)
{
    return mn_cpu_build(builds, i);
}

const struct mn_cen_kernels *mn_cen_kernels_best(void)
{
    return mn_cpu_best(builds);
}
