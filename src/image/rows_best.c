#include "image/rows.h"

#include "base/cpu.h"

extern const struct mn_rows mn_rows_avx2;

static mn_cpu_builds builds = {
    [MN_CPU_PLAIN] = &mn_rows_plain,
#ifdef MN_HAVE_AVX2
    [MN_CPU_AVX2] = &mn_rows_avx2,
#endif
};

const struct mn_rows *mn_rows_best(void)
{
    return mn_cpu_best(builds);
}
