/* FHOG: the note's test vector (dlib's numbers), all kernels, and the reference's features of its
 * own aligned faces. */
#include "base/mem.h"
#include "face/fhog.h"
#include "golden.h"

#define SIDE MN_FACE_SIDE

static const int golden_frames[] = {1, 2, 3, 10, 30, 50, 63, 80, 120, 158};
static struct mn_fhog_table *table;
static struct mn_aligned face;
static float out[MN_FHOG_SIZE];

/* Values from dlib 18.10. */
static void vector(const struct mn_face_kernels *k)
{
    static const float cell57[31] = {0,       0,       .03795f, .34984f, 0, 0,       0, 0, 0,
                                     .26209f, 0,       .17545f, 0,       0, .03274f, 0, 0, 0,
                                     .26209f, 0,       .21340f, .34984f, 0, .03274f, 0, 0, 0,
                                     .07683f, .12266f, .08470f, .12030f};
    static const float cell05[31] = {.06285f, 0,       .06609f, .01429f, .40000f, 0, 0,
                                     .01393f, 0,       0,       0,       .10941f, 0, 0,
                                     .05565f, 0,       0,       0,       .06285f, 0, .17549f,
                                     .01429f, .40000f, .05565f, 0,       .01393f, 0, .07552f,
                                     .08224f, .08603f, .09667f};
    memset(&face, 0, sizeof(face));
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            if ((x - 56) * (x - 56) + (y - 56) * (y - 56) > 2500)
                continue;
            face.plane[0][y * SIDE + x] = (uint8_t)((3 * x + 5 * y) & 255);
            face.plane[1][y * SIDE + x] = (uint8_t)(((x * y) >> 3) & 255);
            face.plane[2][y * SIDE + x] = (uint8_t)(((x * x + 7 * y) >> 4) & 255);
        }
    mn_fhog(table, k, &face, out);
    double sum = 0, weighted = 0;
    for (int i = 0; i < MN_FHOG_SIZE; i++) {
        sum += (double)out[i];
        weighted += (double)out[i] * (i % 97);
    }
    CHECK_NEAR(sum, 339.861722, 1e-4);
    CHECK_NEAR(weighted, 16317.39, 1e-2);
    for (int i = 0; i < 31; i++) {
        CHECK_NEAR(out[(5 * 12 + 7) * 31 + i], cell57[i], 6e-6);
        CHECK_NEAR(out[5 * 31 + i], cell05[i], 6e-6);
    }
}

static void black(void)
{
    memset(&face, 0, sizeof(face));
    mn_fhog(table, mn_face_kernels_best(), &face, out);
    for (int i = 0; i < MN_FHOG_SIZE; i++)
        CHECK(out[i] == 0);
}

/* Every bit: on noise with few levels, so that channels often tie, and on strong edges. */
static void kernels_agree(const struct mn_face_kernels *k)
{
    static float other[MN_FHOG_SIZE];
    unsigned seed = 7;
    for (int n = 0; n < 24; n++) {
        unsigned mask = n % 3 == 0 ? 0x03 : n % 3 == 1 ? 0xff : 0x80;
        for (int c = 0; c < 3; c++)
            for (int i = 0; i < SIDE * SIDE; i++)
                face.plane[c][i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24 & mask);
        mn_fhog(table, &mn_face_kernels_plain, &face, out);
        mn_fhog(table, k, &face, other);
        CHECK(!memcmp(out, other, sizeof(out)));
    }
}

static void golden_hog(const char *folder, int frame, double *worst)
{
    static uint8_t bgr[SIDE * SIDE * 3];
    static double want[MN_FHOG_SIZE];
    char name[256];
    snprintf(name, sizeof(name), "%s/frame_%04d_aligned.png", folder, frame);
    golden_picture(name, bgr, SIDE, SIDE);
    snprintf(name, sizeof(name), "%s/frame_%04d_hog.csv", folder, frame);
    golden_numbers(name, want, MN_FHOG_SIZE);
    for (int i = 0; i < SIDE * SIDE; i++)
        for (int c = 0; c < 3; c++)
            face.plane[c][i] = bgr[3 * i + c];
    mn_fhog(table, mn_face_kernels_best(), &face, out);
    double most = 0;
    for (int i = 0; i < MN_FHOG_SIZE; i++)
        most = fmax(most, fabs((double)out[i] - want[i]));
    CHECK(most <= 1e-6);
    *worst = fmax(*worst, most);
}

int main(void)
{
    table = mn_fhog_table_make();
    REQUIRE(table);
    for (int i = 0; mn_face_kernels_build(i); i++) {
        vector(mn_face_kernels_build(i));
        kernels_agree(mn_face_kernels_build(i));
    }
    black();
    char path[GOLDEN_PATH];
    if (golden_path(path, "golden") && golden_can_decode()) {
        double worst = 0;
        for (size_t i = 0; i < sizeof(golden_frames) / sizeof(golden_frames[0]); i++) {
            golden_hog("golden/subj01_intermediate", golden_frames[i], &worst);
            golden_hog("golden/subj01_intermediate_lm", golden_frames[i], &worst);
        }
        printf("golden faces: features to %.2g\n", worst);
    } else {
        printf("no golden faces or no ffmpeg program: only the test vector was compared\n");
    }
    free(table);
    return check_done();
}
