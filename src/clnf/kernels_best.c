#include <stdlib.h>

#include "clnf/kernels.h"

#ifdef MN_HAVE_AVX2
extern const struct mn_clnf_kernels mn_clnf_kernels_avx2;
#endif

const struct mn_clnf_kernels *mn_clnf_kernels_best(void)
{
    const char *plain = getenv("MIEN_PLAIN");
    if (plain && *plain == '1')
        return &mn_clnf_kernels_plain;
#ifdef MN_HAVE_AVX2
    if (__builtin_cpu_supports("avx2"))
        return &mn_clnf_kernels_avx2;
#endif
    return &mn_clnf_kernels_plain;
}
