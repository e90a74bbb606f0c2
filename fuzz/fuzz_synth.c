/* The text files of MakeHuman's assets: the first byte chooses the format. */
#include <mien/mien.h>

#include "fuzz.h"
#include "parse.h"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_TEXT("\x01v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\ng a\nf 1/1 2/1 3/1\ng b\nf 1 2 3\n"),
    FUZZ_TEXT("\x01# mesh\nv 0 0 0\nv 1 0 0\nv 0 1 0\nv 1 1 0\nvn 0 0 1\nf 1//1 2//1 3//1 4//1\n"),
    FUZZ_TEXT("\x02# target\n0 .1 -.2 3e-2\n99 0 0 0\n"),
    FUZZ_TEXT("\x03x_scale 1 2 1.5\ny_scale 3 4 2\nz_scale 5 6 1\nverts 0\nmaterial m\n"
              "1 2 3 .2 .3 .5 0 .1 0\n7\ndelete_verts\n1 - 5\n"),
    FUZZ_TEXT("\x01v 1e300 0 0\n"),
    FUZZ_TEXT("\x02"
              "2147483648 0 0 0\n"),
    FUZZ_TEXT("\x03verts 0\n-1\n"),
    {NULL, 0},
};
const int fuzz_rounds = 40000;
const size_t fuzz_longest = 400;

#define VERTICES 100

static void try_mesh(const char *text, size_t size, char *why)
{
    struct sy_mesh m;
    if (sy_mesh_parse(&m, text, size, "x.obj", why) < 0) {
        FUZZ_CHECK(why[0] && !m.vertex && !m.face);
        return;
    }
    FUZZ_CHECK(m.num_vertices > 0 && m.num_faces > 0);
    for (int i = 0; i < m.num_faces; i++) {
        FUZZ_CHECK(m.num_groups == 0 || m.face[i].group < m.num_groups);
        for (int k = 0; k < 4; k++) {
            FUZZ_CHECK(m.face[i].v[k] >= 0 && m.face[i].v[k] < m.num_vertices);
            FUZZ_CHECK(m.face[i].t[k] >= -1 && m.face[i].t[k] < m.num_coords);
        }
    }
    sy_mesh_free(&m);
}

static void try_target(const char *text, size_t size, char *why)
{
    struct sy_target t;
    if (sy_target_parse(&t, VERTICES, text, size, "x.target", why) < 0) {
        FUZZ_CHECK(why[0] && !t.at);
        return;
    }
    for (int i = 0; i < t.num; i++)
        FUZZ_CHECK(t.at[i].vertex >= 0 && t.at[i].vertex < VERTICES && t.at[i].d[0] < 1e5f);
    sy_target_free(&t);
}

static void try_fit(const char *text, size_t size, char *why)
{
    struct sy_fit f;
    if (sy_fit_parse(&f, VERTICES, text, size, "x.mhclo", why) < 0) {
        FUZZ_CHECK(why[0] && !f.at);
        return;
    }
    FUZZ_CHECK(f.num > 0);
    for (int i = 0; i < f.num; i++)
        for (int k = 0; k < 3; k++)
            FUZZ_CHECK(f.at[i].v[k] >= 0 && f.at[i].v[k] < VERTICES);
    sy_fit_free(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[SY_WHY] = "";
    if (!size)
        return 0;
    char *text = malloc(size); /* exactly this size, so that a read past the end is noticed */
    if (!text)
        return 0;
    memcpy(text, data + 1, size - 1);
    switch (data[0] % 3) {
    case 1:
        try_mesh(text, size - 1, why);
        break;
    case 2:
        try_target(text, size - 1, why);
        break;
    default:
        try_fit(text, size - 1, why);
    }
    free(text);
    return 0;
}
