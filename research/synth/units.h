/* Facial action units as sums of MakeHuman's shapes. The one table; docs/synth.md explains it. */
#ifndef SY_UNITS_H
#define SY_UNITS_H

#include <mien/mien.h>

/* Made here (assets.c), as no asset draws the inner brows together: corrugator supercilii. */
#define SY_MADE ""

/* Shapes that move a face: the expression units (three origins each), and some of the identity
 * shapes (cheeks, bags, dimples) that make them look right. name, folder below targets/. */
#define SY_UNITS(X)                                                   \
    X(LEFT_INNER_UP, "expression/units", "eyebrows-left-inner-up")    \
    X(RIGHT_INNER_UP, "expression/units", "eyebrows-right-inner-up")  \
    X(LEFT_OUTER_UP, "expression/units", "eyebrows-left-extern-up")   \
    X(RIGHT_OUTER_UP, "expression/units", "eyebrows-right-extern-up") \
    X(LEFT_BROW_UP, "expression/units", "eyebrows-left-up")           \
    X(RIGHT_BROW_UP, "expression/units", "eyebrows-right-up")         \
    X(LEFT_BROW_DOWN, "expression/units", "eyebrows-left-down")       \
    X(RIGHT_BROW_DOWN, "expression/units", "eyebrows-right-down")     \
    X(LEFT_OPEN, "expression/units", "eye-left-opened-up")            \
    X(RIGHT_OPEN, "expression/units", "eye-right-opened-up")          \
    X(LEFT_SLIT, "expression/units", "eye-left-slit")                 \
    X(RIGHT_SLIT, "expression/units", "eye-right-slit")               \
    X(LEFT_CLOSED, "expression/units", "eye-left-closure")            \
    X(RIGHT_CLOSED, "expression/units", "eye-right-closure")          \
    X(NOSE_LEFT_UP, "expression/units", "nose-left-elevation")        \
    X(NOSE_RIGHT_UP, "expression/units", "nose-right-elevation")      \
    X(NOSE_COMPRESSED, "expression/units", "nose-compression")        \
    X(NOSE_LEFT_WIDE, "expression/units", "nose-left-dilatation")     \
    X(NOSE_RIGHT_WIDE, "expression/units", "nose-right-dilatation")   \
    X(CORNERS_UP, "expression/units", "mouth-corner-puller")          \
    X(CORNERS_DOWN, "expression/units", "mouth-depression")           \
    X(LIP_UP, "expression/units", "mouth-elevation")                  \
    X(STRETCHED, "expression/units", "mouth-retraction")              \
    X(PRESSED, "expression/units", "mouth-compression")               \
    X(PARTED, "expression/units", "mouth-parling")                    \
    X(JAW_DOWN, "expression/units", "mouth-open")                     \
    X(PLATYSMA, "expression/units", "neck-platysma")                  \
    X(LEFT_CHEEK_UP, "cheek", "l-cheek-trans-up")                     \
    X(RIGHT_CHEEK_UP, "cheek", "r-cheek-trans-up")                    \
    X(LEFT_CHEEK_FULL, "cheek", "l-cheek-volume-incr")                \
    X(RIGHT_CHEEK_FULL, "cheek", "r-cheek-volume-incr")               \
    X(LEFT_BAG, "eyes", "l-eye-bag-incr")                             \
    X(RIGHT_BAG, "eyes", "r-eye-bag-incr")                            \
    X(LAUGH_LINES, "mouth", "mouth-laugh-lines-in")                   \
    X(DIMPLES, "mouth", "mouth-dimples-in")                           \
    X(MOUTH_UP, "mouth", "mouth-trans-up")                            \
    X(LOWER_LIP_FULL, "mouth", "mouth-lowerlip-volume-incr")          \
    X(CHIN_SHORT, "chin", "chin-height-decr")                         \
    X(CHIN_FULL, "chin", "chin-prominent-incr")                       \
    X(BROWS_LOW, "eyebrows", "eyebrows-trans-down")                   \
    X(LIPS_THIN, "mouth", "mouth-scale-vert-decr")                    \
    X(LIPS_NARROW, "mouth", "mouth-scale-horiz-decr")                 \
    X(BROWS_IN, SY_MADE, "brows-in")

enum sy_unit {
#define SY_UNIT_ENUM(name, folder, file) SY_##name,
    SY_UNITS(SY_UNIT_ENUM)
#undef SY_UNIT_ENUM
        SY_NUM_UNITS
};

struct sy_unit_file {
    const char *folder, *file;
};
extern const struct sy_unit_file sy_unit_files[SY_NUM_UNITS];

/* One summand: intensity 5 of unit `au` adds `gain` of the shape. */
struct sy_unit_use {
    int au;
    enum sy_unit unit;
    float gain;
};
extern const struct sy_unit_use sy_unit_uses[];
extern const int sy_num_unit_uses;

/* Weights of all shapes for intensities 0..5 in the order of mien_au_intensity_unit. */
void sy_units_mix(const float intensity[MIEN_AU_INTENSITIES], float weight[SY_NUM_UNITS]);

/* Place of an action unit in that order; -1 if it is not there. */
int sy_au_index(int unit);

#endif
