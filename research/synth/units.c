#include "units.h"

#include <string.h>

const struct sy_unit_file sy_unit_files[SY_NUM_UNITS] = {
#define SY_UNIT_FILE(name, folder, file) {folder, file},
    SY_UNITS(SY_UNIT_FILE)
#undef SY_UNIT_FILE
};

const struct sy_unit_use sy_unit_uses[] = {
    /* inner brow raiser */
    {1, SY_LEFT_INNER_UP, 2.0f},
    {1, SY_RIGHT_INNER_UP, 2.0f},
    {1, SY_LEFT_BROW_UP, 0.3f},
    {1, SY_RIGHT_BROW_UP, 0.3f},
    /* outer brow raiser */
    {2, SY_LEFT_OUTER_UP, 1.7f},
    {2, SY_RIGHT_OUTER_UP, 1.7f},
    {2, SY_LEFT_BROW_UP, 0.6f},
    {2, SY_RIGHT_BROW_UP, 0.6f},
    /* brow lowerer: down and together */
    {4, SY_LEFT_BROW_DOWN, 0.9f},
    {4, SY_RIGHT_BROW_DOWN, 0.9f},
    {4, SY_BROWS_LOW, 0.5f},
    {4, SY_BROWS_IN, 1.2f},
    {4, SY_NOSE_COMPRESSED, 0.2f},
    /* upper lid raiser */
    {5, SY_LEFT_OPEN, 1.0f},
    {5, SY_RIGHT_OPEN, 1.0f},
    /* cheek raiser */
    {6, SY_LEFT_CHEEK_UP, 1.0f},
    {6, SY_RIGHT_CHEEK_UP, 1.0f},
    {6, SY_LEFT_CHEEK_FULL, 0.35f},
    {6, SY_RIGHT_CHEEK_FULL, 0.35f},
    {6, SY_LEFT_BAG, 0.8f},
    {6, SY_RIGHT_BAG, 0.8f},
    {6, SY_LEFT_SLIT, 0.5f},
    {6, SY_RIGHT_SLIT, 0.5f},
    /* lid tightener */
    {7, SY_LEFT_SLIT, 0.9f},
    {7, SY_RIGHT_SLIT, 0.9f},
    /* nose wrinkler */
    {9, SY_NOSE_LEFT_UP, 1.5f},
    {9, SY_NOSE_RIGHT_UP, 1.5f},
    {9, SY_NOSE_COMPRESSED, 1.0f},
    {9, SY_LEFT_BROW_DOWN, 0.4f},
    {9, SY_RIGHT_BROW_DOWN, 0.4f},
    {9, SY_BROWS_IN, 0.6f},
    {9, SY_LIP_UP, 0.35f},
    /* upper lip raiser */
    {10, SY_LIP_UP, 1.1f},
    {10, SY_NOSE_LEFT_WIDE, 0.3f},
    {10, SY_NOSE_RIGHT_WIDE, 0.3f},
    {10, SY_LAUGH_LINES, 0.3f},
    /* lip corner puller: up and back */
    {12, SY_CORNERS_UP, 0.85f},
    {12, SY_STRETCHED, 0.45f},
    {12, SY_LAUGH_LINES, 0.5f},
    {12, SY_LEFT_CHEEK_FULL, 0.3f},
    {12, SY_RIGHT_CHEEK_FULL, 0.3f},
    /* dimpler */
    {14, SY_DIMPLES, 1.3f},
    {14, SY_STRETCHED, 0.35f},
    {14, SY_PRESSED, 0.4f},
    {14, SY_CORNERS_DOWN, 0.3f},
    /* lip corner depressor */
    {15, SY_CORNERS_DOWN, 1.0f},
    /* chin raiser */
    {17, SY_MOUTH_UP, 0.35f},
    {17, SY_LOWER_LIP_FULL, 0.6f},
    {17, SY_CORNERS_DOWN, 0.4f},
    {17, SY_CHIN_SHORT, 0.6f},
    {17, SY_CHIN_FULL, 0.5f},
    /* lip stretcher: sideways, a little down */
    {20, SY_STRETCHED, 1.1f},
    {20, SY_CORNERS_DOWN, 0.45f},
    {20, SY_PLATYSMA, 0.4f},
    /* lip tightener: thinner and narrower */
    {23, SY_PRESSED, 0.5f},
    {23, SY_CORNERS_DOWN, 0.5f},
    {23, SY_LIPS_THIN, 0.7f},
    {23, SY_LIPS_NARROW, 0.4f},
    /* lips part */
    {25, SY_PARTED, 1.4f},
    /* jaw drop */
    {26, SY_JAW_DOWN, 0.75f},
    /* blink */
    {45, SY_LEFT_CLOSED, 1.0f},
    {45, SY_RIGHT_CLOSED, 1.0f},
};
const int sy_num_unit_uses = (int)(sizeof(sy_unit_uses) / sizeof(*sy_unit_uses));

int sy_au_index(int unit)
{
    for (int i = 0; i < MIEN_AU_INTENSITIES; i++)
        if (mien_au_intensity_unit(i) == unit)
            return i;
    return -1;
}

void sy_units_mix(const float intensity[MIEN_AU_INTENSITIES], float weight[SY_NUM_UNITS])
{
    memset(weight, 0, SY_NUM_UNITS * sizeof(*weight));
    for (int i = 0; i < sy_num_unit_uses; i++) {
        int at = sy_au_index(sy_unit_uses[i].au);
        if (at >= 0)
            weight[sy_unit_uses[i].unit] += sy_unit_uses[i].gain * intensity[at] / 5;
    }
}
