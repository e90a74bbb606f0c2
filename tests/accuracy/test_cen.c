/* Response maps of CE-CLM's networks against those of OpenFace's own class, for weights that a tool
 * of the shared folder makes: at all positions and at every second one, alone, mirrored and in
 * pairs. All builds of the kernels must give the same bits. */
#include "clnf/cen.h"

#include <sys/wait.h>

#include "clnf_golden.h"

#define RESPONSES "golden/ceclm/cen_responses.csv.gz"
#define KEYS 7 /* kind, scale, view, point, mode, window, area */

static const struct weights {
    const char *kind, *option;
    double most; /* error of a map's value */
} weights[] = {
    {"ccnf_small", "ccnf", 1e-6},
    {"random_small", "random", 2e-6},
};
#define NUM_WEIGHTS ((int)(sizeof(weights) / sizeof(weights[0])))

static const char *const scales[] = {"0.25", "0.35", "0.50", "1.00"};

static bool make_weights(const char *folder)
{
    char tool[GOLDEN_PATH], model[GOLDEN_PATH], command[4 * GOLDEN_PATH];
    const char *python = golden_numpy();
    if (!python || !golden_path(tool, "tools/make_substitute_cen.py") ||
        !golden_path(model, "models/openface22/model"))
        return false;
    for (int k = 0; k < NUM_WEIGHTS; k++) {
        snprintf(command, sizeof(command),
                 "%s '%s' --models '%s' --out '%s/%s' --kind %s >/dev/null", python, tool, model,
                 folder, weights[k].kind, weights[k].option);
        REQUIRE(system(command) == 0);
    }
    return true;
}

/* The area of the reference, times 1024. */
static void fill_area(struct mn_cen_patch *p, int side, int area)
{
    for (int v = 0; v < side; v++)
        for (int u = 0; u < side; u++)
            p->samples[v][u] = (37 * u + 91 * v + 13 * u * v + 57 * area) % 256 * 1024;
}

/* One line of the reference: the largest error. */
static double error_of(struct mn_cen *const cen[4], char *const *cell, const double *want)
{
    static float map[8][2][MN_CLNF_MAX_SEARCH * MN_CLNF_MAP_PITCH];
    const int window = atoi(cell[5]), area = atoi(cell[6]), view = atoi(cell[2]);
    const bool second = !strcmp(cell[4], "sparse_mirrored") || !strcmp(cell[4], "pair_right");
    int scale = 0, builds = 0;
    while (scale < 3 && atof(scales[scale]) != atof(cell[1]))
        scale++;
    for (; mn_cen_kernels_build(builds); builds++) {
        struct mn_cen_scratch *s;
        struct mn_cen_patch patch[2] = {{.map = map[builds][0]}, {.map = map[builds][1]}};
        REQUIRE(mn_cen_scratch_open(&s, mn_cen_kernels_build(builds)) == 0);
        fill_area(&patch[0], window + MN_CLNF_SUPPORT - 1, second ? 0 : area);
        fill_area(&patch[1], window + MN_CLNF_SUPPORT - 1, 1);
        mn_cen_response(cen[scale], view, atoi(cell[3]), window, !strcmp(cell[4], "dense"), patch,
                        2, s);
        mn_cen_scratch_close(&s);
        const size_t size = (size_t)window * MN_CLNF_MAP_PITCH * sizeof(float);
        CHECK(!memcmp(map[builds], map[0], size) && !memcmp(map[builds][1], map[0][1], size));
    }
    double worst = 0;
    for (int i = 0; i < window * window; i++) {
        const int at = i / window * MN_CLNF_MAP_PITCH + i % window;
        worst = fmax(worst, fabs((double)map[0][second][at] - want[i]));
    }
    return worst;
}

static void compare(const char *folder)
{
    char path[GOLDEN_PATH], command[GOLDEN_PATH + 32];
    struct mn_cen *cen[NUM_WEIGHTS][4];
    for (int k = 0; k < NUM_WEIGHTS; k++)
        for (int i = 0; i < 4; i++) {
            snprintf(path, sizeof(path), "%s/%s/patch_experts/cen_patches_%s_of.dat", folder,
                     weights[k].kind, scales[i]);
            REQUIRE(mn_cen_open(&cen[k][i], path, NULL) == 0);
        }
    REQUIRE(golden_path(path, RESPONSES));
    snprintf(command, sizeof(command), "gzip -dc '%s'", path);
    struct clnf_trace t = {.keys = KEYS, .file = popen(command, "r")};
    REQUIRE(t.file && getline(&t.line, &t.size, t.file) > 0);
    double worst[NUM_WEIGHTS] = {0};
    int maps = 0;
    while (clnf_trace_next(&t))
        for (int k = 0; k < NUM_WEIGHTS; k++)
            if (!strcmp(t.cell[0], weights[k].kind)) {
                REQUIRE(t.num_values == atoi(t.cell[5]) * atoi(t.cell[5]));
                worst[k] = fmax(worst[k], error_of(cen[k], t.cell, t.value));
                maps++;
            }
    pclose(t.file);
    free(t.line);
    free(t.value);
    CHECK(maps > 100);
    for (int k = 0; k < NUM_WEIGHTS; k++) {
        printf("%s: maps within %.2g\n", weights[k].kind, worst[k]);
        CHECK(worst[k] <= weights[k].most);
        for (int i = 0; i < 4; i++)
            mn_cen_close(&cen[k][i]);
    }
}

static void count_message(void *ctx, enum mien_log_level level, const char *text)
{
    (void)level;
    *(int *)ctx += strstr(text, "byte") != NULL;
}

/* A file cut anywhere, and one with more behind its end, are refused with the byte. */
static void damaged(const char *folder)
{
    char path[GOLDEN_PATH], copy[GOLDEN_PATH];
    snprintf(path, sizeof(path), "%s/ccnf_small/patch_experts/cen_patches_0.25_of.dat", folder);
    snprintf(copy, sizeof(copy), "%s/copy.dat", folder);
    FILE *f = fopen(path, "rb");
    REQUIRE(f);
    fseek(f, 0, SEEK_END);
    const long size = ftell(f);
    uint8_t *data = calloc(1, (size_t)size + 4);
    rewind(f);
    REQUIRE(data && fread(data, 1, (size_t)size, f) == (size_t)size);
    fclose(f);
    const long cuts[] = {0,    7,    12,       100,      2000,     2570,
                         2580, 2600, size / 2, size - 8, size - 1, size + 4};
    for (size_t k = 0; k < sizeof(cuts) / sizeof(cuts[0]); k++) {
        int told = 0;
        struct mn_log log;
        struct mn_cen *cen;
        mn_log_init(&log, count_message, &told);
        f = fopen(copy, "wb");
        REQUIRE(f && fwrite(data, 1, (size_t)cuts[k], f) == (size_t)cuts[k]);
        fclose(f);
        CHECK_INT(mn_cen_open(&cen, copy, &log), MIEN_EBADMODEL);
        CHECK(!cen && (told == 1 || cuts[k] == 0));
    }
    free(data);
}

int main(void)
{
    char folder[] = "/tmp/mien-cen-XXXXXX", path[GOLDEN_PATH], command[64];
    if (!golden_path(path, RESPONSES))
        return check_skip("the shared folder with golden tables is missing");
    REQUIRE(mkdtemp(folder));
    bool made = make_weights(folder);
    if (made) {
        compare(folder);
        damaged(folder);
    }
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    REQUIRE(system(command) == 0);
    return made ? check_done()
                : check_skip("Python has no numpy, which makes the substitute weights");
}
