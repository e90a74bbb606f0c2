/* Running medians: against a plain scan of whole histograms, with counters beyond 16 bits, values
 * that are not finite, and the reference's medians. */
#include "base/mem.h"
#include "face/fhog.h"
#include "face/median.h"
#include "golden.h"

#define DIMS 40
#define BINS 50

static unsigned seed = 5;

static unsigned next(unsigned n)
{
    return ((seed = seed * 1664525 + 1013904223) >> 8) % n;
}

/* The rule of methods/features_median.md, section 4, word by word. */
static int rescan(const int *histogram, int count)
{
    int cut = (count + 1) / 2, sum = 0;
    for (int j = 0; j < BINS; j++) {
        sum += histogram[j];
        if (sum >= cut)
            return j;
    }
    return -1;
}

static void against_rescan(void)
{
    static int histogram[DIMS][BINS];
    const struct mn_median_spec spec = {.dims = DIMS, .bins = BINS, .lowest = 0, .highest = BINS};
    struct mn_median *m;
    REQUIRE(mn_median_open(&m, &spec) == 0);
    uint16_t bins[DIMS];
    float values[DIMS];
    for (int n = 1; n <= 2000; n++) {
        for (int d = 0; d < DIMS; d++) {
            unsigned spread = 1 + (unsigned)(d + n / 100) % BINS;
            bins[d] = (uint16_t)((next(spread) + (unsigned)(n / 500) * 10) % BINS);
            histogram[d][bins[d]]++;
        }
        CHECK_INT(mn_median_add(m, bins), 0);
        mn_median_values(m, values);
        for (int d = 0; d < DIMS; d++)
            CHECK_NEAR(values[d], rescan(histogram[d], n) + 0.5, 1e-5);
    }
    CHECK_INT(mn_median_count(m), 2000);
    mn_median_close(&m);
    CHECK(!m);
}

/* Three hours at 30 frames per second are 162 000 samples, more than 16 bits can count. */
static void long_video(void)
{
    const struct mn_median_spec spec = {.dims = 2, .bins = 4, .lowest = 0, .highest = 4};
    struct mn_median *m;
    REQUIRE(mn_median_open(&m, &spec) == 0);
    float v[2];
    for (int n = 0; n < 150000; n++) {
        const uint16_t bins[2] = {1, (uint16_t)(n < 70000 ? 0 : 2)};
        CHECK_INT(mn_median_add(m, bins), 0);
    }
    mn_median_values(m, v);
    CHECK_NEAR(v[0], 1.5, 1e-6);
    CHECK_NEAR(v[1], 2.5, 1e-6);
    for (int n = 0; n < 100000; n++) {
        const uint16_t bins[2] = {3, 0};
        CHECK_INT(mn_median_add(m, bins), 0);
    }
    mn_median_values(m, v);
    CHECK_NEAR(v[0], 1.5, 1e-6); /* 150000 : 100000 */
    CHECK_NEAR(v[1], 0.5, 1e-6); /* 170000 : 80000 */
    for (int n = 0; n < 60000; n++) {
        const uint16_t bins[2] = {3, 2};
        CHECK_INT(mn_median_add(m, bins), 0);
    }
    mn_median_values(m, v);
    CHECK_NEAR(v[0], 3.5, 1e-6);
    CHECK_NEAR(v[1], 0.5, 1e-6);
    mn_median_close(&m);
}

static void quantised(const struct mn_face_kernels *k)
{
    static double v[MN_FHOG_SIZE];
    static uint16_t bins[MN_FHOG_SIZE];
    v[0] = 0;
    v[1] = NAN;
    v[2] = INFINITY;
    v[3] = -INFINITY;
    v[4] = 0.4;
    v[5] = 1;
    v[6] = -0.0049;
    mn_median_quantise(&mn_median_hog, k, v, bins);
    CHECK_INT(bins[0], 4);
    CHECK_INT(bins[1], 0);
    CHECK_INT(bins[2], 999);
    CHECK_INT(bins[3], 0);
    CHECK_INT(bins[4], 402);
    CHECK_INT(bins[5], 999);
    CHECK_INT(bins[6], 0);
    CHECK_INT(bins[100], 4);

    /* masked features: the middle of their bin is negative and becomes 0 */
    struct mn_median *m;
    static float out[MN_FHOG_SIZE];
    REQUIRE(mn_median_open(&m, &mn_median_hog) == 0);
    CHECK_INT(mn_median_add(m, bins), 0);
    CHECK_INT(mn_median_add(m, bins), 0);
    mn_median_values(m, out);
    CHECK(out[0] == 0 && out[100] == 0);
    CHECK_NEAR(out[4], -0.005 + 402.5 * 0.001005, 1e-6);
    mn_median_close(&m);
}

/* The reference's median after frame 1, 3, ... of the clip, from its .hog file: rows of 4464 floats
 * behind 16 bytes each. It does not bin frame 1, so that frame is compared to within half a bin. */
static void golden_hog(void)
{
    static const int frames[] = {1, 3, 63, 158};
    static float hog[MN_FHOG_SIZE], have[MN_FHOG_SIZE];
    static double exact[MN_FHOG_SIZE], want[MN_FHOG_SIZE];
    static uint16_t bins[MN_FHOG_SIZE];
    char path[GOLDEN_PATH], name[256];
    if (!golden_path(path, "golden/subj01_timepoint01/subj01_timepoint01.hog")) {
        printf("no golden features: not compared\n");
        return;
    }
    FILE *f = fopen(path, "rb");
    REQUIRE(f);
    struct mn_median *m;
    REQUIRE(mn_median_open(&m, &mn_median_hog) == 0);
    int off = 0;
    double worst = 0;
    for (int frame = 1, at = 0; frame <= 158; frame++) {
        uint8_t head[16];
        REQUIRE(fread(head, 1, 16, f) == 16);
        REQUIRE(fread(hog, sizeof(float), MN_FHOG_SIZE, f) == MN_FHOG_SIZE);
        for (int i = 0; i < MN_FHOG_SIZE; i++)
            exact[i] = (double)hog[i];
        if (frame % 2) {
            mn_median_quantise(&mn_median_hog, mn_face_kernels_best(), exact, bins);
            CHECK_INT(mn_median_add(m, bins), 0);
        }
        if (frame != frames[at])
            continue;
        at++;
        mn_median_values(m, have);
        snprintf(name, sizeof(name), "golden/subj01_intermediate/frame_%04d_hog_median.csv", frame);
        golden_numbers(name, want, MN_FHOG_SIZE);
        double bound = frame == 1 ? 0.00051 : 1e-6;
        for (int i = 0; i < MN_FHOG_SIZE; i++) {
            double d = fabs((double)have[i] - want[i]);
            off += d > bound;
            if (frame > 1)
                worst = fmax(worst, d);
        }
    }
    CHECK_INT(off, 0);
    printf("golden medians of FHOG: to %.2g\n", worst);
    mn_median_close(&m);
    fclose(f);
}

int main(void)
{
    against_rescan();
    long_video();
    quantised(&mn_face_kernels_plain);
    quantised(mn_face_kernels_best());
    golden_hog();
    return check_done();
}
