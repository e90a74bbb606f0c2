/* The files of action-unit models as raw bytes. The first byte chooses the file: the control file,
 * the list (OpenFace's or the built-in one), or a linear model (.dat). The other files are good. */
#include <math.h>

#include "face/au_models.h"
#include "fuzz.h"

#define OTHERS                                                                                 \
    "- AU01\n- AU02\n- AU04\n- AU05\n- AU06\n- AU07\n- AU09\n- AU10\n- AU12\n- AU14\n- AU15\n" \
    "- AU17\n- AU20\n- AU23\n- AU25\n- AU26\n- AU28\n- AU45\n"
#define CONTROL "AUPredictor list.txt\nPDM pdm.txt\nTriangulation tris.txt\n"
/* kind, a row and a column of two doubles, bias */
#define VECTOR(rows, columns) rows "\0\0\0" columns "\0\0\0\x06\0\0\0" TWO
#define TWO "\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\xe0\xbf"
#define DAT "\x00\0\0\0" VECTOR("\x01", "\x02") VECTOR("\x02", "\x01") "\0\0\0\0\0\0\0\x40"

static const char good_control[] = CONTROL, good_list[] = "one.dat AU01\n" OTHERS, good_dat[] = DAT;
const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_TEXT("\x00" CONTROL),
    FUZZ_TEXT("\x00"
              "# comment\nPDM ../x\nPDM a\nTriangulation\n"),
    FUZZ_TEXT("\x01"
              "one.dat AU01\n" OTHERS),
    FUZZ_TEXT("\x01"
              "one.dat\tAU45\r\n\n/etc/x AU02\none.dat AU45\nmissing AU04\n"),
    FUZZ_TEXT("\x02" DAT),
    FUZZ_TEXT("\x02\x01\0\0\0\0\0\0\0\0\0\0\x3f" VECTOR("\x01", "\x02") VECTOR("\x02", "\x01")),
    FUZZ_TEXT("\x02\x05\0\0\0" VECTOR("\x01", "\x02")
                  VECTOR("\x02", "\x01") "\0\0\0\0\0\0\0\x40\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\0\0"),
    {NULL, 0},
};
const int fuzz_rounds = 6000;
const size_t fuzz_longest = 500;

static int sentences;
static char last[2000];

static void listen(void *ctx, enum mien_log_level level, const char *message)
{
    (void)ctx;
    FUZZ_CHECK(level == MIEN_LOG_ERROR);
    snprintf(last, sizeof(last), "%s", message);
    sentences++;
}

static void write_all(int kind, const uint8_t *data, size_t size)
{
    static const char *const name[] = {"main_dynamic_svms.txt", "list.txt", "one.dat"};
    static const struct fuzz_seed good[] = {
        FUZZ_TEXT(good_control), FUZZ_TEXT(good_list), {good_dat, sizeof(good_dat) - 1}};
    for (int i = 0; i < 3; i++)
        if (i == kind)
            fuzz_file(name[i], data, size);
        else
            fuzz_file(name[i], good[i].data, good[i].size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mn_log log;
    struct mn_au_models *m;
    if (!size)
        return 0;
    write_all(data[0] % 3, data + 1, size - 1);
    mn_log_init(&log, listen, NULL);
    sentences = 0;
    int err = mn_au_models_load(&m, fuzz_folder(), false, &log);
    mn_log_finish(&log);
    FUZZ_CHECK((err == 0) == (m != NULL) && sentences == (err < 0));
    FUZZ_CHECK(err == 0 || err == MIEN_EBADMODEL || err == MIEN_ENOMODEL);
    FUZZ_CHECK(err == 0 || strstr(last, fuzz_folder()));
    if (m) {
        const double zero[MN_AU_MODELS] = {0};
        double score[MN_AU_MODELS];
        FUZZ_CHECK(m->features > 0 && m->features <= 16384 && m->pdm_path && m->triangles_path);
        mn_au_scores(m, zero, NULL, score);
        mn_au_presences(m, score);
    }
    mn_au_models_close(&m);
    return 0;
}
