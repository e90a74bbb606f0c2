/* The renderer's parts: parsers, rasteriser, units, labels. Without assets all but the last. */
#include <mien/mien.h>
#include <string.h>
#include <sys/stat.h>

#include "check.h"
#include "lens.h"
#include "marks.h"
#include "parse.h"
#include "raster.h"
#include "render.h"
#include "label.h"
#include "texture.h"
#include "vec.h"

#define ASSETS MN_SOURCE_ROOT "/../shared/assets/makehuman"

static int parse_mesh(const char *text, struct sy_mesh *m, char *why)
{
    return sy_mesh_parse(m, text, strlen(text), "a.obj", why);
}

static void test_parsers(void)
{
    char why[SY_WHY];
    struct sy_mesh m;
    CHECK_INT(parse_mesh("v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvt 0 1\ng q\nf 1/1 2/1 3/1 4/1\n"
                         "g t\nf 1 2 3\n",
                         &m, why),
              0);
    CHECK_INT(m.num_vertices, 4);
    CHECK_INT(m.num_faces, 2);
    CHECK_STR(m.group[m.face[0].group], "q");
    CHECK_INT(m.face[0].v[3], 3);
    CHECK_INT(m.face[1].v[3], 2);
    CHECK_INT(m.face[1].t[0], -1);
    sy_mesh_free(&m);

    static const char *const bad[] = {
        "",
        "v 0 0 0\n",
        "v 0 0\n",
        "v 0 0 nan\nf 1 1 1\n",
        "v 0 0 0\nf 1 1 2\n",
        "v 0 0 0\nf 1 1\n",
        "v 0 0 0\nf 1/1 1/1 1/1\n",
        "v 0 0 0\nf 0 1 1\n",
        "v 0 0 0\nf -1 1 1\n",
        "v 0 0 0\nf 99999999999 1 1\n",
        "v 0 0 0\nf 1 1 1 1 1\n",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        why[0] = 0;
        CHECK_INT(parse_mesh(bad[i], &m, why), MIEN_EDAMAGED);
        CHECK(strstr(why, "a.obj: line ") == why);
        CHECK(!m.vertex && !m.face);
    }

    struct sy_target t;
    const char *text = "# shape\n\n3 .5 -1 2e-1\n";
    CHECK_INT(sy_target_parse(&t, 4, text, strlen(text), "t", why), 0);
    CHECK_INT(t.num, 1);
    CHECK_INT(t.at[0].vertex, 3);
    CHECK_NEAR(t.at[0].d[2], 0.2, 1e-6);
    sy_target_free(&t);
    CHECK_INT(sy_target_parse(&t, 3, text, strlen(text), "t", why), MIEN_EDAMAGED);

    struct sy_fit f;
    text = "x_scale 0 1 2.0\nverts 0\nmaterial m\n1 2 0 .2 .3 .5 0 .1 0\n2\ndelete_verts\n1 2\n";
    CHECK_INT(sy_fit_parse(&f, 3, text, strlen(text), "f", why), 0);
    CHECK_INT(f.num, 2);
    CHECK_NEAR(f.at[0].w[2], 0.5, 1e-6);
    CHECK_INT(f.at[1].v[0], 2);
    CHECK_NEAR(f.scale[0].unit, 2, 0);
    sy_fit_free(&f);
}

/* Each sample of a fan of triangles around any point is covered once: no gaps, no doubles. */
static void test_watertight(void)
{
    struct sy_raster r;
    REQUIRE(sy_raster_open(&r, 64, 48, 1) == 0);
    struct sy_rng rng = sy_rng_at(3, 4);
    for (int round = 0; round < 40; round++) {
        static const float corner[4][2] = {{0, 0}, {64, 0}, {64, 48}, {0, 48}};
        float mx = sy_range(&rng, 1, 63), my = sy_range(&rng, 1, 47);
        int count[64 * 48] = {0};
        for (int i = 0; i < 4; i++) {
            const float *a = corner[i], *b = corner[(i + 1) % 4];
            struct sy_corner c[3] = {
                {a[0], a[1], 1, 0, 0}, {b[0], b[1], 1, 0, 0}, {mx, my, 1, 0, 0}};
            sy_raster_clear(&r);
            sy_raster_triangle(&r, c, 7, 1, NULL);
            for (int k = 0; k < 64 * 48; k++)
                count[k] += r.id[k] == 7;
        }
        int wrong = 0;
        for (int k = 0; k < 64 * 48; k++)
            wrong += count[k] != 1;
        CHECK_INT(wrong, 0);
    }
    sy_raster_close(&r);
}

static void test_depth(void)
{
    struct sy_raster r;
    REQUIRE(sy_raster_open(&r, 32, 32, 1) == 0);
    /* two that cross: nearer at the left is 1, at the right 2 */
    struct sy_corner a[3] = {{-40, -40, 0.9f, 0, 0}, {72, -40, 0.1f, 0, 0}, {-40, 72, 0.9f, 0, 0}};
    struct sy_corner b[3] = {{-40, -40, 0.1f, 0, 0}, {72, -40, 0.9f, 0, 0}, {-40, 72, 0.1f, 0, 0}};
    sy_raster_triangle(&r, a, 1, 0, NULL);
    sy_raster_triangle(&r, b, 2, 0, NULL);
    CHECK_INT(r.id[5 * 32 + 2], 1);
    CHECK_INT(r.id[30], 2);
    sy_raster_clear(&r);
    sy_raster_triangle(&r, b, 2, 0, NULL);
    sy_raster_triangle(&r, a, 1, 0, NULL);
    CHECK_INT(r.id[5 * 32 + 2], 1); /* whatever comes first */
    CHECK_INT(r.id[30], 2);
    /* from behind, and impossible ones */
    sy_raster_clear(&r);
    struct sy_corner back[3] = {a[0], a[2], a[1]};
    sy_raster_triangle(&r, back, 1, 1, NULL);
    struct sy_corner odd[3] = {{NAN, 0, 1, 0, 0}, {1e30f, 0, 1, 0, 0}, {0, 9, 1, 0, 0}};
    sy_raster_triangle(&r, odd, 1, 0, NULL);
    odd[0].x = odd[1].x = 3, odd[2].near = 0;
    sy_raster_triangle(&r, odd, 1, 0, NULL);
    for (int i = 0; i < 32 * 32; i++)
        if (r.id[i] != SY_NOTHING) {
            CHECK_INT(r.id[i], SY_NOTHING);
            break;
        }
    sy_raster_close(&r);
}

/* What is half opaque covers half of the samples. */
static void test_opacity(void)
{
    struct sy_texture t;
    uint8_t *rgba = malloc(4 * 4);
    REQUIRE(rgba);
    for (int i = 0; i < 16; i++)
        rgba[i] = 128;
    REQUIRE(sy_texture_make(&t, rgba, 2, 2, 64) == 0);
    struct sy_raster r;
    REQUIRE(sy_raster_open(&r, 128, 128, 1) == 0);
    struct sy_corner c[3] = {{-200, -200, 1, 0, 0}, {600, -200, 1, 1, 0}, {-200, 600, 1, 0, 1}};
    sy_raster_triangle(&r, c, 9, 0, &t);
    int n = 0;
    for (int i = 0; i < 128 * 128; i++)
        n += r.id[i] == 9;
    CHECK_NEAR(n / (128.0 * 128), 0.5, 0.05);
    float out[4];
    sy_texture_at(&t, 0, 0.3f, 0.9f, out);
    CHECK_NEAR(out[0], sy_linear()[128], 1e-6);
    CHECK_NEAR(out[3], 128 / 255.0, 1e-6);
    sy_raster_close(&r);
    sy_texture_free(&t);
}

/* Perspective: the middle of an edge on the screen is nearer to its near end. */
static void test_shares(void)
{
    struct sy_corner c[3] = {{0, 0, 1, 0, 0}, {10, 0, 0.25f, 0, 0}, {0, 10, 1, 0, 0}};
    float share[3];
    sy_raster_shares(c, 5, 0, share);
    CHECK_NEAR(share[0], 0.8, 1e-5);
    CHECK_NEAR(share[1], 0.2, 1e-5);
}

static void test_units(void)
{
    float au[MIEN_AU_INTENSITIES] = {0}, w[SY_NUM_UNITS], none = 0;
    sy_units_mix(au, w);
    for (int i = 0; i < SY_NUM_UNITS; i++)
        none += fabsf(w[i]);
    CHECK_NEAR(none, 0, 0);
    for (int u = 0; u < MIEN_AU_INTENSITIES; u++) { /* each unit that we label does something */
        float some = 0, half[SY_NUM_UNITS];
        memset(au, 0, sizeof(au));
        au[u] = 5;
        sy_units_mix(au, w);
        au[u] = 2.5f;
        sy_units_mix(au, half);
        for (int i = 0; i < SY_NUM_UNITS; i++) {
            some += fabsf(w[i]);
            CHECK_NEAR(half[i], w[i] / 2, 1e-6);
        }
        CHECK(some > 0.3f);
    }
    for (int i = 0; i < sy_num_unit_uses; i++)
        CHECK(sy_au_index(sy_unit_uses[i].au) >= 0);
}

static void test_angles(void)
{
    float d[3], yaw, pitch;
    sy_direction(0, 0, d); /* into the lens */
    CHECK_NEAR(d[2], -1, 1e-6);
    sy_direction(0.5f, 0, d); /* to image left */
    CHECK(d[0] < -0.4f);
    sy_direction(0, 0.5f, d); /* up */
    CHECK(d[1] < -0.4f);
    sy_direction(0.7f, -0.3f, d);
    sy_angles(d, &yaw, &pitch);
    CHECK_NEAR(yaw, 0.7, 1e-5);
    CHECK_NEAR(pitch, -0.3, 1e-5);
    float R[9], n = 0;
    const float r[3] = {0.3f, -0.8f, 0.2f};
    sy_euler(r, R);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            n += fabsf(sy_dot(R + 3 * i, R + 3 * j) - (i == j));
    CHECK_NEAR(n, 0, 1e-5);
}

static void test_compression(void)
{
    enum { W = 37, H = 21 }; /* no multiple of a block */
    uint8_t a[3 * W * H], b[3 * W * H];
    for (int i = 0; i < 3 * W * H; i++)
        a[i] = b[i] = (uint8_t)(128 + 60 * sin(i / 3 % W * 0.2) + 30 * cos(i / 3 / W * 0.3));
    sy_compress(a, W, H, 95);
    double error[2] = {0, 0};
    for (int i = 0; i < 3 * W * H; i++)
        error[0] += abs(a[i] - b[i]) / (3.0 * W * H);
    memcpy(a, b, sizeof(a));
    sy_compress(a, W, H, 10);
    for (int i = 0; i < 3 * W * H; i++)
        error[1] += abs(a[i] - b[i]) / (3.0 * W * H);
    CHECK(error[0] < 2.5);
    CHECK(error[1] > error[0] && error[1] < 25);
}

/* ---------------------------------------------------------------------------- with assets --- */

static void check_label(const struct sy_render *r, int face)
{
    struct sy_label l;
    const struct sy_figure *f = &r->figure[face];
    sy_label_make(&l, r, face);
    for (int i = 0; i < 68; i++)
        for (int k = 0; k < 2; k++) { /* what lies in space is where it is seen */
            float c = k ? r->scene.cy : r->scene.cx;
            CHECK_NEAR(l.mark68[i][k] + 0.5f,
                       r->scene.focal * l.mark68_mm[i][k] / l.mark68_mm[i][2] + c, 0.01);
        }
    for (int e = 0; e < 2; e++) { /* the pupil lies where the gaze of the eye points */
        float d[3], pupil[3], to[3];
        sy_direction(l.eye_gaze[e][0] / 57.29578f, l.eye_gaze[e][1] / 57.29578f, d);
        sy_figure_pupil(f, 1 - e, pupil);
        for (int k = 0; k < 3; k++)
            to[k] = pupil[k] - l.eye_mm[e][k];
        sy_normalize(to);
        CHECK_NEAR(sy_dot(d, to), 1, 1e-4);
        /* and is the pole of the eye that is drawn */
        const struct sy_figure_part *eye = &f->part[2 - e];
        CHECK_INT(eye->material, SY_EYE);
        float apex = 0;
        for (int k = 0; k < 3; k++)
            apex += fabsf(f->pos[eye->first][k] - pupil[k]);
        CHECK_NEAR(apex, 0, 0.05);
    }
    /* the face's left side is at image right when it looks at us; and the marks are on the head */
    if (fabsf(f->state.head[1]) < 0.5f) {
        CHECK(l.mark68[45][0] > l.mark68[36][0]);
        CHECK(l.mark68_mm[8][1] > l.mark68_mm[27][1]);
    }
    for (int i = 0; i < 68; i++)
        CHECK(l.mark68[i][0] + 0.5f >= l.box[0] - 0.01f &&
              l.mark68[i][1] + 0.5f <= l.box[3] + 0.01f);
}

static uint64_t digest(const uint8_t *p, size_t n)
{
    uint64_t h = 0;
    for (size_t i = 0; i < n; i++)
        h = sy_mix(h ^ p[i]);
    return h;
}

static void test_assets(void)
{
    static struct sy_assets a;
    char why[SY_WHY];
    REQUIRE(sy_assets_open(&a, ASSETS, why) == 0);
    /* the mirror image of a mark is as far on the other side */
    for (int i = 0; i < 17; i++)
        CHECK_NEAR(a.base[a.marks.at68[i].a][0], -a.base[a.marks.at68[16 - i].a][0], 1e-3);
    struct sy_render r;
    struct sy_scene_options o = {160, 120, -1, 0, 0};
    REQUIRE(sy_render_open(&r, &a, 160, 120) == 0);
    uint64_t sum[6];
    for (int round = 0; round < 2; round++) /* a picture does not depend on those before it */
        for (int i = 0; i < 6; i++) {
            int n = round ? 5 - i : i;
            struct sy_rng rng = sy_rng_at(9, (uint64_t)n);
            sy_scene_draw(&r.scene, r.person, &a, &o, &rng);
            sy_render_run(&r, (uint64_t)n);
            for (int f = 0; f < r.scene.num_faces; f++)
                check_label(&r, f);
            uint64_t d = digest(r.out, 3 * 160 * 120);
            if (round)
                CHECK(d == sum[n]);
            else
                sum[n] = d;
        }
    CHECK(sum[0] != sum[1] && sum[1] != sum[2]);
    sy_render_close(&r);
    sy_assets_close(&a);
}

int main(void)
{
    test_parsers();
    test_watertight();
    test_depth();
    test_opacity();
    test_shares();
    test_units();
    test_angles();
    test_compression();
    struct stat st;
    if (stat(ASSETS, &st) == 0)
        test_assets();
    else
        printf("the MakeHuman assets are not there: rendering was not tried\n");
    return check_done();
}
