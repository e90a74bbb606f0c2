#include "units.h"

#include <string.h>

const struct sy_unit_file sy_unit_files[SY_NUM_UNITS] = {
#define SY_UNIT_FILE(name, folder, file) {folder, file},
    SY_UNITS(SY_UNIT_FILE)
#undef SY_UNIT_FILE
};

const struct sy_unit_use sy_unit_uses[] = {
    /* inner brow raiser */
    {1, SY_LEFT_INNER_UP, 1.4f}, {1, SY_RIGHT_INNER_UP, 1.4f},
    /* outer brow raiser */
    {2, SY_LEFT_OUTER_UP, 1.2f}, {2, SY_RIGHT_OUTER_UP, 1.2f},
    {2, SY_LEFT_BROW_UP, 0.3f}, {2, SY_RIGHT_BROW_UP, 0.3f},
    /* brow lowerer */
    {4, SY_LEFT_BROW_DOWN, 1.25f}, {4, SY_RIGHT_BROW_DOWN, 1.25f}, {4, SY_NOSE_COMPRESSED, 0.2f},
    /* upper lid raiser */
    {5, SY_LEFT_OPEN, 1.0f}, {5, SY_RIGHT_OPEN, 1.0f},
    /* cheek raiser */
    {6, SY_LEFT_CHEEK_UP, 0.6f}, {6, SY_RIGHT_CHEEK_UP, 0.6f},
    {6, SY_LEFT_CHEEK_FULL, 0.5f}, {6, SY_RIGHT_CHEEK_FULL, 0.5f},
    {6, SY_LEFT_BAG, 0.6f}, {6, SY_RIGHT_BAG, 0.6f},
    {6, SY_LEFT_SLIT, 0.35f}, {6, SY_RIGHT_SLIT, 0.35f},
    /* lid tightener */
    {7, SY_LEFT_SLIT, 0.9f}, {7, SY_RIGHT_SLIT, 0.9f},
    /* nose wrinkler */
    {9, SY_NOSE_LEFT_UP, 1.3f}, {9, SY_NOSE_RIGHT_UP, 1.3f}, {9, SY_NOSE_COMPRESSED, 0.8f},
    {9, SY_LEFT_BROW_DOWN, 0.3f}, {9, SY_RIGHT_BROW_DOWN, 0.3f}, {9, SY_LIP_UP, 0.35f},
    /* upper lip raiser */
    {10, SY_LIP_UP, 1.0f}, {10, SY_NOSE_LEFT_WIDE, 0.3f}, {10, SY_NOSE_RIGHT_WIDE, 0.3f},
    /* lip corner puller */
    {12, SY_CORNERS_UP, 1.15f}, {12, SY_LAUGH_LINES, 0.4f},
    {12, SY_LEFT_CHEEK_FULL, 0.2f}, {12, SY_RIGHT_CHEEK_FULL, 0.2f},
    /* dimpler */
    {14, SY_DIMPLES, 1.2f}, {14, SY_STRETCHED, 0.45f}, {14, SY_PRESSED, 0.35f},
    /* lip corner depressor */
    {15, SY_CORNERS_DOWN, 1.0f},
    /* chin raiser */
    {17, SY_MOUTH_UP, 0.35f}, {17, SY_LOWER_LIP_FULL, 0.6f}, {17, SY_CORNERS_DOWN, 0.4f},
    {17, SY_CHIN_SHORT, 0.6f}, {17, SY_CHIN_FULL, 0.5f},
    /* lip stretcher */
    {20, SY_STRETCHED, 1.0f}, {20, SY_PLATYSMA, 0.4f},
    /* lip tightener */
    {23, SY_PRESSED, 1.0f},
    /* lips part */
    {25, SY_PARTED, 1.0f},
    /* jaw drop */
    {26, SY_JAW_DOWN, 0.8f},
    /* blink */
    {45, SY_LEFT_CLOSED, 1.0f}, {45, SY_RIGHT_CLOSED, 1.0f},
};
const int sy_num_unit_uses = (int)(sizeof(sy_unit_uses) / sizeof(*sy_unit_uses));

int sy_au_index(int unit)
{
    for (int i = 0; i < MIEN_AU_INTENSITIES; i++)
        if (mien_au_intensity_unit[i] == unit)
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
