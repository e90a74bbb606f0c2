#include "image/yuv.h"

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
