/* Names of what is measured: analyses, action units, landmarks. */
#include <mien/mien.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

/* In order of their bits. */
static const struct {
    unsigned bit;
    const char *name;
} analyses[] = {
    {MIEN_GAZE, "gaze"},
    {MIEN_LANDMARKS, "landmarks"},
    {MIEN_POSE, "pose"},
    {MIEN_SHAPE, "shape"},
    {MIEN_AU, "au"},
    {MIEN_EYES, "eyes"},
    {MIEN_MESH, "mesh"},
    {MIEN_MTL, "mtl"},
    {MIEN_LANDMARKS98, "landmarks98"},
    {MIEN_LIDS, "lids"},
    {MIEN_QUALITY, "quality"},
};
#define NUM_ANALYSES (sizeof(analyses) / sizeof(analyses[0]))
_Static_assert((1u << NUM_ANALYSES) - 1 == MIEN_ALL, "each analysis needs a name");

const char *mien_analysis_name(unsigned bit)
{
    for (size_t i = 0; i < NUM_ANALYSES; i++)
        if (analyses[i].bit == bit)
            return analyses[i].name;
    return NULL;
}

static unsigned bits_of(const char *word, size_t length)
{
    if (length == 3 && !strncmp(word, "all", 3))
        return MIEN_ALL;
    for (size_t i = 0; i < NUM_ANALYSES; i++)
        if (strlen(analyses[i].name) == length && !strncmp(analyses[i].name, word, length))
            return analyses[i].bit;
    return 0;
}

/* "gaze, landmarks, ..., all" */
static void list_names(char *buf, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < NUM_ANALYSES; i++)
        used += (size_t)snprintf(buf + used, size - used, "%s, ", analyses[i].name);
    snprintf(buf + used, size - used, "all");
}

int mien_analysis_parse(const char *list, unsigned *bits)
{
    unsigned found = 0;
    char names[120];
    if (!list || !bits)
        return mn_log_fail(MIEN_EINVAL, "mien_analysis_parse: list and bits must not be NULL");
    list_names(names, sizeof(names));
    if (!*list)
        return mn_log_fail(MIEN_EINVAL, "the list of analyses is empty; name some of %s", names);
    while (*list) {
        const size_t length = strcspn(list, ",");
        const unsigned bit = bits_of(list, length);
        if (!bit)
            return mn_log_fail(MIEN_EINVAL, "there is no analysis '%.*s'; use %s", (int)length,
                               list, names);
        found |= bit;
        list += length + (list[length] == ',');
    }
    *bits = found;
    return 0;
}

/* ---------------------------------------------------------------------------- action units ---- */

/* Numbers of the Facial Action Coding System in the order of mien_au. */
static const uint8_t intensity_units[MIEN_AU_INTENSITIES] = {1,  2,  4,  5,  6,  7,  9,  10, 12,
                                                             14, 15, 17, 20, 23, 25, 26, 45};
static const uint8_t presence_units[MIEN_AU_PRESENCES] = {1,  2,  4,  5,  6,  7,  9,  10, 12,
                                                          14, 15, 17, 20, 23, 25, 26, 28, 45};

/* In the order of mien_mtl: the columns of DISFA that OpenFace 3.0's training picks. */
static const uint8_t mtl_units[MIEN_MTL_UNITS] = {1, 2, 4, 6, 9, 12, 25, 26};

int mien_mtl_unit(int i)
{
    return i >= 0 && i < MIEN_MTL_UNITS ? mtl_units[i] : 0;
}

int mien_au_intensity_unit(int i)
{
    return i >= 0 && i < MIEN_AU_INTENSITIES ? intensity_units[i] : 0;
}

int mien_au_presence_unit(int i)
{
    return i >= 0 && i < MIEN_AU_PRESENCES ? presence_units[i] : 0;
}

const char *mien_au_name(int unit)
{
    static const char *const names[] = {
        [1] = "inner brow raiser",
        [2] = "outer brow raiser",
        [4] = "brow lowerer",
        [5] = "upper lid raiser",
        [6] = "cheek raiser",
        [7] = "lid tightener",
        [9] = "nose wrinkler",
        [10] = "upper lip raiser",
        [12] = "lip corner puller",
        [14] = "dimpler",
        [15] = "lip corner depressor",
        [17] = "chin raiser",
        [20] = "lip stretcher",
        [23] = "lip tightener",
        [25] = "lips part",
        [26] = "jaw drop",
        [28] = "lip suck",
        [45] = "blink",
    };
    return unit >= 0 && unit < (int)(sizeof(names) / sizeof(names[0])) ? names[unit] : NULL;
}

/* -------------------------------------------------------------------------------- emotions ---- */

/* In the order of mien_mtl: AffectNet's numbers, which OpenFace 3.0 documents. */
const char *mien_emotion_name(int i)
{
    static const char *const names[MIEN_EMOTIONS] = {"neutral", "happy",   "sad",   "surprise",
                                                     "fear",    "disgust", "anger", "contempt"};
    return i >= 0 && i < MIEN_EMOTIONS ? names[i] : NULL;
}

/* ------------------------------------------------------------------------------- landmarks ---- */

#define ROW(part, i) part "_" #i
#define FOUR(part) ROW(part, 0), ROW(part, 1), ROW(part, 2), ROW(part, 3)
#define FIVE(part) FOUR(part), ROW(part, 4)
#define SIX(part) FIVE(part), ROW(part, 5)
#define EIGHT(part) SIX(part), ROW(part, 6), ROW(part, 7)
#define TWELVE(part) EIGHT(part), ROW(part, 8), ROW(part, 9), ROW(part, 10), ROW(part, 11)
#define SEVENTEEN(part) \
    TWELVE(part), ROW(part, 12), ROW(part, 13), ROW(part, 14), ROW(part, 15), ROW(part, 16)

const char *mien_landmark_name(int i)
{
    static const char *const names[] = {
        SEVENTEEN("jaw"),    FIVE("brow_left"),   FIVE("brow_right"),
        FOUR("nose_bridge"), FIVE("nose_base"),   SIX("eye_left"),
        SIX("eye_right"),    TWELVE("outer_lip"), EIGHT("inner_lip"),
    };
    _Static_assert(sizeof(names) / sizeof(names[0]) == MIEN_FACE_LANDMARKS,
                   "each landmark needs a name");
    return i >= 0 && i < MIEN_FACE_LANDMARKS ? names[i] : NULL;
}
