/* Settings by their names, structs of other sizes, names of what is measured, and faults for
 * tests. */
#include "settings.h"

#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/testing.h"
#include "check.h"

static size_t size_of(enum mien_setting_type type)
{
    return type == MIEN_TYPE_TEXT ? sizeof(char *) : type == MIEN_TYPE_DOUBLE ? sizeof(double) : 4;
}

/* A value that is not the default. */
static const char *some_value(const mien_setting *m, char *buf, size_t size)
{
    switch (m->type) {
    case MIEN_TYPE_FLAG:
        return "1";
    case MIEN_TYPE_TEXT:
        return "a text";
    case MIEN_TYPE_ANALYSIS:
        return "gaze,au";
    case MIEN_TYPE_FLOAT:
    case MIEN_TYPE_DOUBLE:
        return "0.3";
    case MIEN_TYPE_CHOICE:
        return strrchr(m->choices, ' ') + 1; /* the last word */
    default:
        snprintf(buf, size, "%g", m->max);
        return buf;
    }
}

/* Every field but size and the callbacks is in the table, once: setting them all by name changes
 * every byte of its field and no other. */
static void complete(void)
{
    static const size_t callbacks[] = {
        offsetof(mien_settings, wake), offsetof(mien_settings, wake_ctx),
        offsetof(mien_settings, log), offsetof(mien_settings, log_ctx)};
    bool covered[sizeof(mien_settings)] = {0};
    const mien_setting *m;
    char buf[40], text[100];
    memset(covered, 1, sizeof(size_t));
    for (int i = 0; i < 4; i++)
        memset(covered + callbacks[i], 1, sizeof(void *));
    for (int i = 0; (m = mien_setting_at(i)); i++) {
        mien_settings s, fresh;
        mien_settings_init(&fresh);
        s = fresh;
        CHECK(mien_setting_find(m->name) == m);
        CHECK(m->help && m->help[0] && strlen(m->help) < 100);
        const char *value = some_value(m, buf, sizeof(buf));
        CHECK_INT(mien_settings_set(&s, m->name, value), 0);
        size_t first = 0, last = sizeof(s);
        while (first < last && ((char *)&s)[first] == ((char *)&fresh)[first])
            first++;
        while (last > first && ((char *)&s)[last - 1] == ((char *)&fresh)[last - 1])
            last--;
        const size_t size = size_of(m->type), start = first / size * size;
        CHECK(first < last && last - start <= size);
        for (size_t k = start; k < start + size; k++) {
            CHECK(!covered[k]);
            covered[k] = true;
        }
        CHECK_INT(mien_settings_get(&s, m->name, text, sizeof(text)), 0);
        CHECK_STR(text, value);
        CHECK_INT(mn_settings_check(&s, NULL),
                  !strcmp(m->name, "fx") || !strcmp(m->name, "fy") ? MIEN_EINVAL : 0);
        CHECK_INT(mien_settings_get(&fresh, m->name, text, sizeof(text)), 0);
        CHECK_INT(mien_settings_set(&s, m->name, m->type == MIEN_TYPE_TEXT ? NULL : text), 0);
        CHECK(!memcmp(&s, &fresh, sizeof(s))); /* back to the default */
    }
    int holes = 0;
    for (size_t k = 0; k < sizeof(covered); k++)
        holes += !covered[k];
    CHECK_INT(holes, 4); /* padding; a field that is missing in the table adds to it */
    CHECK(mien_setting_at(-1) == NULL && mien_setting_find("log") == NULL);
    CHECK(mien_setting_find(NULL) == NULL && mien_setting_find("") == NULL);
}

static void refused(const char *name, const char *value, const char *range)
{
    mien_settings s, before;
    mien_settings_init(&s);
    before = s;
    CHECK_INT(mien_settings_set(&s, name, value), MIEN_EINVAL);
    CHECK(!memcmp(&s, &before, sizeof(s)));
    CHECK(strstr(mien_last_message(), name) != NULL);
    CHECK(strstr(mien_last_message(), value) != NULL);
    if (!strstr(mien_last_message(), range)) {
        CHECK(!"the message names the range");
        printf("  %s\n", mien_last_message());
    }
}

static void ranges(void)
{
    refused("workers", "-1", "1 to 256");
    refused("workers", "257", "1 to 256");
    refused("workers", "1.5", "1 to 256");
    refused("workers", " 1", "1 to 256");
    refused("workers", "0x10", "1 to 256");
    refused("workers", "many", "1 to 256");
    refused("workers", "1e99", "1 to 256");
    refused("workers", "", "1 to 256");
    refused("det_threshold", "1", "0 to 0.999");
    refused("det_threshold", "nan", "0 to 0.999");
    refused("detector_size", "400", "320 480 640");
    refused("exec", "thread", "sequential threads processes");
    refused("exec", "1", "sequential threads processes");
    refused("live", "2", "0 or 1");
    refused("min_face", "inf", "0 to 1e+06");
    mien_settings s;
    mien_settings_init(&s);
    CHECK_INT(mien_settings_set(&s, "no such", "1"), MIEN_EINVAL);
    CHECK_STR(mien_last_message(), "there is no setting 'no such'");
    CHECK_INT(mien_settings_set(&s, "analysis", "gaze,smile"), MIEN_EINVAL);
    CHECK(strstr(mien_last_message(), "smile") && strstr(mien_last_message(), "landmarks"));
    CHECK_INT(s.analysis, 0);
    CHECK_INT(mien_settings_set(&s, "smooth", "-1"), 0);
    CHECK_NEAR(s.smooth, -1, 0);
    s.smooth = (double)NAN;
    CHECK_INT(mn_settings_check(&s, NULL), 0);
    CHECK_INT(mien_settings_set(&s, "live", "true"), 0);
    CHECK_INT(s.live, 1);
    CHECK_INT(mien_settings_set(&s, "det_threshold", "0.999"), 0);
    CHECK_INT(mn_settings_check(&s, NULL), 0);
    s.workers = -7;
    CHECK_INT(mn_settings_check(&s, NULL), MIEN_EINVAL);
    CHECK_STR(mien_last_message(),
              "the setting workers is -7; it takes a whole number from 1 to 256, or 0 for the "
              "default");
}

static void nothing(void)
{
    mien_settings s;
    char buf[4];
    mien_settings_init_sized(NULL, 100);
    mien_settings_init_sized(&s, 0);
    mien_settings_init(&s);
    CHECK_INT(mien_settings_set(NULL, "live", "1"), MIEN_EINVAL);
    CHECK_INT(mien_settings_set(&s, NULL, "1"), MIEN_EINVAL);
    CHECK_INT(mien_settings_set(&s, "live", NULL), MIEN_EINVAL);
    CHECK_INT(mien_settings_get(NULL, "live", buf, sizeof(buf)), MIEN_EINVAL);
    CHECK_INT(mien_settings_get(&s, NULL, buf, sizeof(buf)), MIEN_EINVAL);
    CHECK_INT(mien_settings_get(&s, "live", NULL, 4), MIEN_EINVAL);
    CHECK_INT(mien_settings_get(&s, "live", buf, 0), MIEN_EINVAL);
    CHECK_INT(mien_settings_get(&s, "exec", buf, sizeof(buf)), MIEN_EINVAL); /* too short */
    CHECK_INT(mien_settings_set(&s, "models", ""), 0);
    CHECK_STR(s.models, "");
}

/* Numbers read back as they were, whatever the locale of the program. */
static void numbers(void)
{
    static const double values[] = {0.1, 1.0 / 3, 1e-300, 123456.789, 25, 1e6};
    mien_settings s;
    char text[60];
    mien_settings_init(&s);
    static const char *const locales[] = {"C", "de_DE.UTF-8", "de_DE.utf8"};
    for (size_t k = 0; k < 3; k++) {
        if (!setlocale(LC_NUMERIC, locales[k]))
            continue;
        for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
            s.smooth = values[i];
            s.min_face = (float)values[i];
            CHECK_INT(mien_settings_get(&s, "smooth", text, sizeof(text)), 0);
            CHECK(!strchr(text, ','));
            CHECK_INT(mien_settings_set(&s, "smooth", text), 0);
            CHECK(s.smooth == values[i]);
            CHECK_INT(mien_settings_get(&s, "min_face", text, sizeof(text)), 0);
            if (values[i] > 1e-30)
                CHECK_INT(mien_settings_set(&s, "min_face", text), 0);
            CHECK(s.min_face == (float)values[i]);
        }
    }
    setlocale(LC_NUMERIC, "C");
    s.smooth = 0.1;
    mien_settings_get(&s, "smooth", text, sizeof(text));
    CHECK_STR(text, "0.1");
}

/* A program that knows fewer settings than the library, and one that knows more. */
static void sizes(void)
{
    struct newer {
        mien_settings s;
        double more[4];
    } newer;
    mien_settings known;
    volatile size_t less = offsetof(mien_settings, frames);
    mien_settings *older = malloc(less); /* a sanitizer watches its end */
    if (!older)
        exit(1);
    mien_settings_init_sized(older, less);
    CHECK_INT(older->size, less);
    older->detect_every = 7;
    memset(&known, 0x55, sizeof(known));
    CHECK_INT(mn_settings_copy(&known, older), 0);
    CHECK_INT(known.size, sizeof(known));
    CHECK_INT(known.detect_every, 7);
    CHECK_INT(known.frames, 0);
    CHECK(!known.log && !known.wake && known.frame_limit == 0);
    CHECK_INT(mien_settings_set(older, "frames", "5"), MIEN_EINVAL);
    CHECK_INT(mien_settings_set(older, "live", "1"), 0);
    free(older);

    mien_settings_init_sized(&newer.s, sizeof(newer));
    CHECK_INT(newer.s.size, sizeof(newer));
    newer.s.live = 1;
    CHECK_INT(mn_settings_copy(&known, &newer.s), 0);
    CHECK_INT(known.live, 1);
    newer.more[3] = 1;
    CHECK_INT(mn_settings_copy(&known, &newer.s), MIEN_EINVAL);
    CHECK(strstr(mien_last_message(), "does not know"));

    static const size_t wrong[] = {0, 1, sizeof(size_t), (size_t)1 << 40, SIZE_MAX};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        mien_settings_init(&newer.s);
        newer.s.size = wrong[i];
        CHECK_INT(mn_settings_copy(&known, &newer.s), MIEN_EINVAL);
        CHECK(strstr(mien_last_message(), "mien_settings_init"));
    }
}

static void names(void)
{
    unsigned bits = 77;
    for (unsigned b = 1; b & MIEN_ALL; b <<= 1) {
        CHECK(mien_analysis_name(b) != NULL);
        CHECK_INT(mien_analysis_parse(mien_analysis_name(b), &bits), 0);
        CHECK_INT(bits, b);
    }
    CHECK(!mien_analysis_name(0) && !mien_analysis_name(3) && !mien_analysis_name(MIEN_ALL + 1));
    CHECK_INT(mien_analysis_parse("all", &bits), 0);
    CHECK_INT(bits, MIEN_ALL);
    CHECK_INT(mien_analysis_parse("pose,gaze", &bits), 0);
    CHECK_INT(bits, MIEN_POSE | MIEN_GAZE);
    static const char *const wrong[] = {"", ",", "gaze,,pose", "Gaze", "gaze pose", "gazes"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        CHECK_INT(mien_analysis_parse(wrong[i], &bits), MIEN_EINVAL);
    CHECK_INT(mien_analysis_parse(NULL, &bits), MIEN_EINVAL);
    CHECK_INT(mien_analysis_parse("gaze", NULL), MIEN_EINVAL);
    CHECK_INT(bits, MIEN_POSE | MIEN_GAZE);

    for (int i = 0; i < MIEN_AU_INTENSITIES; i++)
        CHECK(mien_au_name(mien_au_intensity_unit(i)) != NULL);
    for (int i = 0; i < MIEN_AU_PRESENCES; i++)
        CHECK(mien_au_name(mien_au_presence_unit(i)) != NULL);
    CHECK_INT(mien_au_intensity_unit(MIEN_AU_INTENSITIES), 0);
    CHECK_INT(mien_au_presence_unit(-1), 0);
    CHECK_STR(mien_au_name(12), "lip corner puller");
    CHECK(!mien_au_name(0) && !mien_au_name(3) && !mien_au_name(-1) && !mien_au_name(1000));

    CHECK_STR(mien_landmark_name(0), "jaw_0");
    CHECK_STR(mien_landmark_name(36), "eye_left_0");
    CHECK_STR(mien_landmark_name(48), "outer_lip_0");
    CHECK_STR(mien_landmark_name(MIEN_FACE_LANDMARKS - 1), "inner_lip_7");
    CHECK(!mien_landmark_name(-1) && !mien_landmark_name(MIEN_FACE_LANDMARKS));
}

static void faults(void)
{
    struct mn_testing t = mn_testing_parse("jitter=2000,hang=3,slow=,poison=-4,other=5,slow=x");
    CHECK(t.jitter == 2000 && t.hang == 3 && t.slow == 0 && t.poison == 0);
    t = mn_testing_parse(NULL);
    CHECK(!t.jitter && !t.hang && !t.slow && !t.poison);
    t = mn_testing_parse("poison=2");
    CHECK_INT(t.poison, 2);
    mn_testing_set(t);
    CHECK_INT(mn_testing()->poison, 2);
}

int main(void)
{
    complete();
    ranges();
    nothing();
    numbers();
    sizes();
    names();
    faults();
    return check_done();
}
