#include <stdlib.h>

#include "image/rows.h"

#ifdef MN_HAVE_AVX2
extern const struct mn_rows mn_rows_avx2;
#endif

const struct mn_yuv *mn_yuv_rule(const mien_picture *pic)
{
    static const struct mn_yuv rule[3][2] = {
        [MIEN_BT601] = {{128, 9539, 13075, 16525, -3209, -6660},
                        {0, 8192, 11485, 14516, -2819, -5850}},
        [MIEN_BT709] = {{128, 9539, 14686, 17305, -1747, -4366},
                        {0, 8192, 12901, 15201, -1534, -3835}},
        [MIEN_BT2020] = {{128, 9539, 13752, 17545, -1535, -5328},
                         {0, 8192, 12080, 15412, -1348, -4680}},
    };
    return &rule[pic->matrix][pic->full_range != 0];
}

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
