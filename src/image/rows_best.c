#include <stdlib.h>

#include "image/rows.h"

#ifdef MN_HAVE_AVX2
extern const struct mn_rows mn_rows_avx2;
#endif

const struct mn_rows *mn_rows_best(void)
{
    const char *plain = getenv("MIEN_PLAIN");
    if (plain && *plain == '1')
        return &mn_rows_plain;
#ifdef MN_HAVE_AVX2
    if (__builtin_cpu_supports("avx2"))
        return &mn_rows_avx2;
#endif
    return &mn_rows_plain;
}
