/* Settings as texts: each line is "name=value". A value that is set prints as a text that sets the
 * same value again. */
#include <mien/mien.h>

#include "fuzz.h"
#include "settings.h"

#define TEXT 600

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_TEXT("workers=4\nexec=processes\nanalysis=gaze,au\nsmooth=-1\nmax_faces=3\nfx=500\n"),
    FUZZ_TEXT("models=builtin\ndetector=x\nprovider=detector=cpu,gaze=stub\ndetect_every=5\n"),
    FUZZ_TEXT("det_threshold=0.5\nmin_face=40\nsmooth=0.125\nframe_limit=1e3\nfx=1\nfy=1e300\n"),
    FUZZ_TEXT("external_landmarks=true\nindependent_frames=1\nexclude=\nlandmark_method=clnf\n"),
    FUZZ_TEXT("workers=99999999999999999999\nanalysis=all,\nexec=\n=\nnothing=1\nfx=nan\n"),
    FUZZ_TEXT("det_threshold=0.999\nfx=1e-320\ndetector_size=320\ninput_size=448\n"),
    {NULL, 0},
};
const int fuzz_rounds = 30000;
const size_t fuzz_longest = 300;

static void check_round_trip(const mien_settings *s, const char *name)
{
    mien_settings again;
    char text[TEXT], second[TEXT];
    FUZZ_CHECK(mien_settings_get(s, name, text, sizeof(text)) == 0);
    mien_settings_init(&again);
    FUZZ_CHECK(mien_settings_set(&again, name, text) == 0);
    FUZZ_CHECK(mien_settings_get(&again, name, second, sizeof(second)) == 0);
    FUZZ_CHECK(!strcmp(text, second));
    FUZZ_CHECK(mien_settings_get(s, name, second, strlen(text)) == MIEN_EINVAL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mien_settings s, copy;
    char *text = malloc(size + 1), *rest = NULL;
    FUZZ_CHECK(text);
    if (size)
        memcpy(text, data, size);
    text[size] = 0;
    mien_settings_init(&s);
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *sign = strchr(line, '=');
        if (sign)
            *sign = 0;
        if (mien_settings_set(&s, line, sign ? sign + 1 : NULL) == 0)
            check_round_trip(&s, line);
        else
            FUZZ_CHECK(mien_last_message()[0]);
    }
    FUZZ_CHECK(mn_settings_copy(&copy, &s) == 0);
    if ((s.fx == 0) == (s.fy == 0)) /* the one condition between two of them */
        FUZZ_CHECK(mn_settings_check(&copy, NULL) == 0);
    unsigned bits = 0;
    if (mien_analysis_parse(text, &bits) == 0)
        FUZZ_CHECK(bits && bits <= MIEN_ALL);
    free(text);
    return 0;
}
