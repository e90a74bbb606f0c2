#include "marks.h"

#include <math.h>
#include <string.h>

#define BOTH(a) \
    {           \
        a, a    \
    }

/* Vertices of MakeHuman's base mesh hm08, chosen on enlarged drawings of its wires and checked on
 * rendered faces. All on the subject's left, at image right; iBUG numbers. */
static const struct sy_mark jaw[9] = {/* 8 (chin) to 16 (ear) */
                                      BOTH(5225),    BOTH(11898), BOTH(11833),
                                      {10366, 7595}, BOTH(7596),  BOTH(7614),
                                      BOTH(11847),   BOTH(11844), BOTH(7575)};
static const struct sy_mark brow[5] = {/* 22 to 26 */
                                       BOTH(6984), BOTH(6980), BOTH(6979), BOTH(6999), BOTH(7030)};
static const struct sy_mark bridge[4] = {BOTH(132), BOTH(131), BOTH(201),
                                         BOTH(5054)};                         /* 27 to 30 */
static const struct sy_mark nostril[3] = {BOTH(343), BOTH(7077), BOTH(7055)}; /* 33 to 35 */
static const struct sy_mark eye[6] = {/* 42 to 47: inner corner, above, outer corner, below */
                                      BOTH(6850),  BOTH(11483), BOTH(11466),
                                      BOTH(11473), BOTH(11478), BOTH(11480)};
static const struct sy_mark lip_above[4] = {BOTH(466), BOTH(7216), BOTH(7207),
                                            BOTH(7182)};                      /* 51..54 */
static const struct sy_mark lip_below[2] = {{7239, 7166}, {7245, 7244}};      /* 55, 56 */
static const struct sy_mark lip_middle_below = {495, 496};                    /* 57 */
static const struct sy_mark inner[3] = {BOTH(474), {7227, 7228}, BOTH(7176)}; /* 62, 63, 64 */
static const struct sy_mark inner_below[2] = {{7236, 7242}, BOTH(493)};       /* 65, 66 */

/* Eight of WFLW's eye: inner corner, three above, outer corner, three below. */
static const struct sy_mark eye98[8] = {BOTH(6850),  BOTH(11484), BOTH(11465), BOTH(11467),
                                        BOTH(11473), BOTH(11477), BOTH(11479), BOTH(11481)};
static const struct sy_mark brow98_below[4] = {/* 47 to 50: outer to inner */
                                               BOTH(6949), BOTH(6946), BOTH(6951), BOTH(6942)};

static int mirrored(const float (*vertex)[3], int n, int i)
{
    const float want[3] = {-vertex[i][0], vertex[i][1], vertex[i][2]};
    int best = i;
    float least = 1e30f;
    for (int k = 0; k < n; k++) {
        float d = 0;
        for (int c = 0; c < 3; c++)
            d += (vertex[k][c] - want[c]) * (vertex[k][c] - want[c]);
        if (d < least) {
            least = d;
            best = k;
        }
    }
    return best;
}

struct maker {
    const float (*vertex)[3];
    int n;
    struct sy_mark *out;
};

/* Mark `left` as it stands, and mark `right` as its mirror image. */
static void pair(const struct maker *m, int left, int right, struct sy_mark mark)
{
    m->out[left] = mark;
    if (right != left)
        m->out[right] =
            (struct sy_mark){mirrored(m->vertex, m->n, mark.a), mirrored(m->vertex, m->n, mark.b)};
}

static void make68(const struct maker *m)
{
    for (int i = 0; i < 9; i++)
        pair(m, 8 + i, 8 - i, jaw[i]);
    for (int i = 0; i < 5; i++)
        pair(m, 22 + i, 21 - i, brow[i]);
    for (int i = 0; i < 4; i++)
        pair(m, 27 + i, 27 + i, bridge[i]);
    for (int i = 0; i < 3; i++)
        pair(m, 33 + i, 33 - i, nostril[i]);
    static const int right_eye[6] = {39, 38, 37, 36, 41, 40};
    for (int i = 0; i < 6; i++)
        pair(m, 42 + i, right_eye[i], eye[i]);
    for (int i = 0; i < 4; i++)
        pair(m, 51 + i, 51 - i, lip_above[i]);
    for (int i = 0; i < 2; i++)
        pair(m, 55 + i, 59 - i, lip_below[i]);
    pair(m, 57, 57, lip_middle_below);
    for (int i = 0; i < 3; i++)
        pair(m, 62 + i, 62 - i, inner[i]);
    pair(m, 65, 67, inner_below[0]);
    pair(m, 66, 66, inner_below[1]);
}

/* WFLW: outline 0-32, brows 33-50, nose 51-59, eyes 60-75, mouth 76-95. */
static void make98(const struct maker *m)
{
    for (int i = 0; i < 9; i++) {
        pair(m, 16 + 2 * i, 16 - 2 * i, jaw[i]);
        if (i < 8)
            pair(m, 17 + 2 * i, 15 - 2 * i, (struct sy_mark){jaw[i].a, jaw[i + 1].a});
    }
    for (int i = 0; i < 5; i++)
        pair(m, 42 + i, 37 - i, brow[i]);
    static const int right_below[4] = {38, 39, 40, 41};
    for (int i = 0; i < 4; i++)
        pair(m, 47 + i, right_below[i], brow98_below[i]);
    for (int i = 0; i < 4; i++)
        pair(m, 51 + i, 51 + i, bridge[i]);
    for (int i = 0; i < 3; i++)
        pair(m, 57 + i, 57 - i, nostril[i]);
    static const int right_eye[8] = {64, 63, 62, 61, 60, 67, 66, 65};
    for (int i = 0; i < 8; i++)
        pair(m, 68 + i, right_eye[i], eye98[i]);
    for (int i = 0; i < 4; i++)
        pair(m, 79 + i, 79 - i, lip_above[i]);
    for (int i = 0; i < 2; i++)
        pair(m, 83 + i, 87 - i, lip_below[i]);
    pair(m, 85, 85, lip_middle_below);
    for (int i = 0; i < 3; i++)
        pair(m, 90 + i, 90 - i, inner[i]);
    pair(m, 93, 95, inner_below[0]);
    pair(m, 94, 94, inner_below[1]);
    m->out[96] = m->out[60];
    m->out[97] = m->out[68];
}

/* Skin in front of the mark, at its height and on its side; neither lips nor nose. */
static void make_outline(struct sy_outline *o, const float at[3], const float (*vertex)[3], int n,
                         const unsigned char *skin)
{
    float side = at[0] < 0 ? -1 : 1, nearest = at[1] > 6.45f ? 0.30f : 0.08f;
    for (int i = 0; i < n && o->num < SY_OUTLINE; i++) {
        const float *v = vertex[i];
        if (skin[i] && side * v[0] > nearest && fabsf(v[1] - at[1]) < 0.075f && v[2] > at[2])
            o->vertex[o->num++] = i;
    }
}

static int nearest_skin(const float want[3], const float (*vertex)[3], int n,
                        const unsigned char *skin)
{
    int best = 0;
    float least = 1e30f;
    for (int i = 0; i < n; i++) {
        float d = 0;
        for (int c = 0; c < 3; c++)
            d += (vertex[i][c] - want[c]) * (vertex[i][c] - want[c]);
        if (skin[i] && d < least) {
            least = d;
            best = i;
        }
    }
    return best;
}

void sy_marks_make(struct sy_marks *m, const float (*vertex)[3], int num_vertices,
                   const unsigned char *skin)
{
    static const float hairline[3][3] = {
        {0, 7.90f, 1.2f}, {0.45f, 7.75f, 1.0f}, {-0.45f, 7.75f, 1.0f}};
    memset(m, 0, sizeof(*m));
    for (int i = 0; i < 3; i++)
        m->forehead[i] = nearest_skin(hairline[i], vertex, num_vertices, skin);
    make68(&(struct maker){vertex, num_vertices, m->at68});
    make98(&(struct maker){vertex, num_vertices, m->at98});
    for (int i = 0; i < 17; i++)
        if (i != 8)
            make_outline(&m->outline[i], vertex[m->at68[i].a], vertex, num_vertices, skin);
}

int sy_marks_largest(void)
{
    return 11898;
}
