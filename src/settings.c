#include "settings.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
    mien_setting pub;
    size_t offset;
    bool negative_is_off; /* negative values and NAN are allowed, too */
};

#define ROW(field, kind) \
    .pub.name = #field, .pub.type = MIEN_TYPE_##kind, .offset = offsetof(mien_settings, field)
#define RANGE(least, most) .pub.min = least, .pub.max = most

/* Every setting but the callbacks. 0 is allowed everywhere: the default. */
static const struct row rows[] = {
    {ROW(exec, CHOICE), .pub.choices = "sequential threads processes",
     .pub.help = "where the work runs: the caller's thread, worker threads or worker processes"},
    {ROW(workers, INT), RANGE(1, 256),
     .pub.help = "worker threads or processes; default: one for each core this process may use"},
    {ROW(intra_op, INT), RANGE(1, 256), .pub.help = "threads inside a network; default 1"},
    {ROW(allow_unknown, FLAG), .pub.help = "use model files that the registry does not know"},
    {ROW(models, TEXT), .pub.help = "builtin, rendered, standard, or a folder with model files"},
    {ROW(detector, TEXT), .pub.help = "face detector: registry name or file; mtcnn: OpenFace's"},
    {ROW(gaze_model, TEXT), .pub.help = "gaze network: registry name or file"},
    {ROW(landmark_model, TEXT), .pub.help = "landmark network: registry name or file"},
    {ROW(refiner, TEXT),
     .pub.help = "OpenFace's main_clnf_general.txt or main_ceclm_general.txt; none: off"},
    {ROW(au_models, TEXT), .pub.help = "action unit models: registry name, or a folder"},
    {ROW(provider, TEXT),
     .pub.help =
         "execution provider: cpu, cuda, coreml, ...; or by role: detector=coreml,gaze=cpu"},
    {ROW(analysis, ANALYSIS), .pub.help = "what is measured; default: all that the models allow"},
    {ROW(exclude, ANALYSIS), .pub.help = "what the default of analysis leaves out"},
    {ROW(independent_frames, FLAG),
     .pub.help = "frames are independent pictures: action units by models for single pictures"},
    {ROW(external_landmarks, FLAG), .pub.help = "the caller supplies the landmarks of each frame"},
    {ROW(landmark_method, CHOICE), .pub.choices = "auto clnf ceclm network",
     .pub.help =
         "source of the 68 landmarks: a network, or OpenFace's tracker with CLNF or CE-CLM"},
    {ROW(gaze_size, INT), RANGE(96, 448), .pub.unit = "px",
     .pub.help = "side of the gaze network's input, if its file leaves it open; default 448"},
    {ROW(swap_gaze_heads, FLAG),
     .pub.help = "the gaze network's first output is the vertical angle"},
    {ROW(smooth, DOUBLE), RANGE(0, 1e6), .pub.unit = "s", .negative_is_off = true,
     .pub.help = "time constant of the smoothed gaze; default 0.1; negative: off"},
    {ROW(fx, DOUBLE), RANGE(0, 1e6), .pub.unit = "px",
     .pub.help = "focal length; default: estimated from the picture's size"},
    {ROW(fy, DOUBLE), RANGE(0, 1e6), .pub.unit = "px", .pub.help = "vertical focal length"},
    {ROW(cx, DOUBLE), RANGE(0, 1e6), .pub.unit = "px",
     .pub.help = "optical centre; default: the middle of the picture"},
    {ROW(cy, DOUBLE), RANGE(0, 1e6), .pub.unit = "px", .pub.help = "optical centre, vertical"},
    {ROW(detector_size, INT), RANGE(320, 640), .pub.choices = "320 480 640", .pub.unit = "px",
     .pub.help = "side of the detector's input; default: 320, and 640 where that is needed"},
    {ROW(detect_every, INT), RANGE(1, 1000), .pub.unit = "frames",
     .pub.help = "the detector runs on every n-th frame; default: depends on the models"},
    {ROW(live, FLAG), .pub.help = "no look-ahead: boxes are carried, not interpolated"},
    {ROW(wild, FLAG), .pub.help = "OpenFace's parameters for faces in the wild; with ceclm"},
    {ROW(mtl_model, TEXT), .pub.help = "multitask network (emotions, gaze, action units): file"},
    {ROW(mtl_crop, CHOICE), .pub.choices = "demo2 exact",
     .pub.help = "what the multitask network sees: the box and 15 % around it, or the box"},
    {ROW(mtl_resampler, CHOICE), .pub.choices = "pillow opencv",
     .pub.help = "how that is resized: with anti-aliasing, or without as FaceMirror"},
    {ROW(keep_lost, FLAG), .pub.help = "with mtcnn: lost faces stay in the results"},
    {ROW(max_faces, INT), RANGE(1, MIEN_FACES_LIMIT),
     .pub.help = "faces followed at a time, largest first; default: as many as there can be"},
    {ROW(min_face, FLOAT), RANGE(0, 1e6), .pub.unit = "px",
     .pub.help = "faces whose shorter side is below this are dropped"},
    {ROW(det_threshold, FLOAT), RANGE(0, 0.999),
     .pub.help = "score that a detection must exceed; default 0.5"},
    {ROW(frames, INT), RANGE(1, 2000),
     .pub.help = "frames in flight; default: enough for two key frames"},
    {ROW(max_workers, INT), RANGE(1, 256),
     .pub.help = "the most worker threads that will be added while it runs; default: none"},
    {ROW(frame_limit, DOUBLE), RANGE(0, 1e6), .pub.unit = "s",
     .pub.help = "a worker process that takes longer for a frame is replaced; default 60"},
};
#define NUM_ROWS ((int)(sizeof(rows) / sizeof(rows[0])))

const mien_setting *mien_setting_at(int i)
{
    return i >= 0 && i < NUM_ROWS ? &rows[i].pub : NULL;
}

static const struct row *find(const char *name)
{
    for (int i = 0; name && i < NUM_ROWS; i++)
        if (!strcmp(rows[i].pub.name, name))
            return &rows[i];
    return NULL;
}

const mien_setting *mien_setting_find(const char *name)
{
    const struct row *r = find(name);
    return r ? &r->pub : NULL;
}

/* ----------------------------------------------------------------------------------- size ---- */

void mien_settings_init_sized(mien_settings *s, size_t size)
{
    if (!s || size < sizeof(s->size))
        return;
    memset(s, 0, size);
    s->size = size;
}

/* A size that is larger by so much was not set by mien_settings_init. */
#define MOST_SIZE (16 * sizeof(mien_settings))

int mn_settings_copy(mien_settings *out, const mien_settings *in)
{
    const size_t size = in->size;
    memset(out, 0, sizeof(*out));
    out->size = sizeof(*out);
    if (size <= sizeof(size) || size > MOST_SIZE)
        return mn_log_fail(MIEN_EINVAL, "settings.size is %zu; call mien_settings_init first",
                           size);
    const size_t known = size < sizeof(*out) ? size : sizeof(*out);
    memcpy((char *)out + sizeof(size), (const char *)in + sizeof(size), known - sizeof(size));
    for (size_t i = sizeof(*out); i < size; i++)
        if (((const unsigned char *)in)[i])
            return mn_log_fail(MIEN_EINVAL,
                               "the settings use a field that libmien %s does not know; install "
                               "the version that the program was built with",
                               MIEN_VERSION);
    return 0;
}

/* -------------------------------------------------------------------------------- numbers ---- */

/* Numbers have a decimal point whatever the locale of the program: workers read them, too. */
static locale_t c_locale;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_locale(void)
{
    c_locale = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
}

static locale_t enter_c_locale(void)
{
    pthread_once(&once, make_locale);
    return c_locale ? uselocale(c_locale) : (locale_t)0;
}

static void leave_c_locale(locale_t before)
{
    if (before)
        uselocale(before);
}

static bool read_number(const char *text, double *out)
{
    char *end;
    /* strtod also reads blanks, hexadecimal and names */
    if (!*text || strspn(text, "0123456789.eE+-") != strlen(text))
        return false;
    const locale_t before = enter_c_locale();
    errno = 0;
    *out = strtod(text, &end);
    leave_c_locale(before);
    return !*end && errno == 0 && isfinite(*out);
}

/* The shortest of two forms that reads back as the same number. */
static void print_number(char *buf, size_t size, double v, bool is_float)
{
    const locale_t before = enter_c_locale();
    const int few = is_float ? 6 : 15, all = is_float ? 9 : 17;
    snprintf(buf, size, "%.*g", few, v);
    const double back = strtod(buf, NULL);
    if (is_float ? (float)back != (float)v : back != v)
        snprintf(buf, size, "%.*g", all, v);
    leave_c_locale(before);
}

/* ------------------------------------------------------------------------------- one value ---- */

static double number_of(const struct row *r, const mien_settings *s)
{
    const void *field = (const char *)s + r->offset;
    switch (r->pub.type) {
    case MIEN_TYPE_FLOAT:
        return (double)*(const float *)field;
    case MIEN_TYPE_DOUBLE:
        return *(const double *)field;
    case MIEN_TYPE_ANALYSIS:
        return *(const unsigned *)field;
    case MIEN_TYPE_TEXT:
        return 0;
    default:
        return *(const int *)field;
    }
}

static void set_number(const struct row *r, mien_settings *s, double v)
{
    void *field = (char *)s + r->offset;
    switch (r->pub.type) {
    case MIEN_TYPE_FLOAT:
        *(float *)field = (float)v;
        break;
    case MIEN_TYPE_DOUBLE:
        *(double *)field = v;
        break;
    case MIEN_TYPE_ANALYSIS:
        *(unsigned *)field = (unsigned)v;
        break;
    default:
        *(int *)field = (int)v;
        break;
    }
}

/* Position of a word in "sequential threads processes"; -1 if it is not there. */
static int position(const char *words, const char *word, size_t length)
{
    for (int i = 0; *words; i++) {
        const size_t n = strcspn(words, " ");
        if (n == length && !strncmp(words, word, n))
            return i;
        words += n + (words[n] == ' ');
    }
    return -1;
}

/* The i-th word; *length is 0 when there are fewer. */
static const char *word_at(const char *words, int i, size_t *length)
{
    for (; i > 0 && *words; i--)
        words += strcspn(words, " "), words += *words == ' ';
    *length = i == 0 ? strcspn(words, " ") : 0;
    return words;
}

static bool is_choice(const struct row *r, double v)
{
    size_t length = 0;
    char number[40];
    if (r->pub.type == MIEN_TYPE_CHOICE) {
        if (v >= 0 && v < INT_MAX)
            word_at(r->pub.choices, (int)v, &length);
        return length > 0;
    }
    print_number(number, sizeof(number), v, false);
    return position(r->pub.choices, number, strlen(number)) >= 0;
}

static bool is_allowed(const struct row *r, double v)
{
    if (v == 0)
        return true;
    if (r->negative_is_off && !(v > 0))
        return true;
    if (r->pub.choices)
        return is_choice(r, v);
    switch (r->pub.type) {
    case MIEN_TYPE_ANALYSIS:
        return v <= MIEN_ALL;
    case MIEN_TYPE_FLOAT: /* 0.999f is a little more than 0.999 */
        return v >= r->pub.min && (float)v <= (float)r->pub.max;
    case MIEN_TYPE_INT:
    case MIEN_TYPE_DOUBLE:
        return v >= r->pub.min && v <= r->pub.max;
    default:
        return true;
    }
}

/* What a setting takes, for messages. */
static void print_range(const struct row *r, char *buf, size_t size)
{
    const char *default_too = r->pub.min > 0 ? ", or 0 for the default" : "";
    if (r->pub.type == MIEN_TYPE_ANALYSIS)
        snprintf(buf, size, "bits of MIEN_ALL");
    else if (r->pub.type == MIEN_TYPE_FLAG)
        snprintf(buf, size, "0 or 1");
    else if (r->pub.choices)
        snprintf(buf, size, "one of: %s%s", r->pub.choices, default_too);
    else
        snprintf(buf, size, "a %snumber from %g to %g%s%s",
                 r->pub.type == MIEN_TYPE_INT ? "whole " : "", r->pub.min, r->pub.max, default_too,
                 r->negative_is_off ? ", or negative: off" : "");
}

static int out_of_range(struct mn_log *log, const struct row *r, const char *value)
{
    char range[200];
    print_range(r, range, sizeof(range));
    mn_error(log, "the setting %s is %s; it takes %s", r->pub.name, value, range);
    return MIEN_EINVAL;
}

static int print_value(const struct row *r, const mien_settings *s, char *buf, size_t size);

int mn_settings_check(const mien_settings *s, struct mn_log *log)
{
    char value[100];
    for (int i = 0; i < NUM_ROWS; i++)
        if (!is_allowed(&rows[i], number_of(&rows[i], s))) {
            print_value(&rows[i], s, value, sizeof(value));
            return out_of_range(log, &rows[i], value);
        }
    if ((s->fx == 0) != (s->fy == 0)) {
        mn_error(log, "the settings fx and fy are %g and %g; set both or neither", s->fx, s->fy);
        return MIEN_EINVAL;
    }
    return 0;
}

/* ------------------------------------------------------------------------------------ text ---- */

static int print_analysis(unsigned bits, char *buf, size_t size)
{
    int used = 0;
    if (size)
        *buf = 0;
    for (int i = 0; i < 32 && (size_t)used < size; i++) {
        const char *name = bits >> i & 1 ? mien_analysis_name(1u << i) : NULL;
        if (name)
            used += snprintf(buf + used, size - (size_t)used, "%s%s", used ? "," : "", name);
    }
    return used;
}

/* The length of the text, which is complete if that is below size. */
static int print_value(const struct row *r, const mien_settings *s, char *buf, size_t size)
{
    const double v = number_of(r, s);
    const char *text;
    size_t length = 0;
    char number[40];
    switch (r->pub.type) {
    case MIEN_TYPE_TEXT:
        memcpy(&text, (const char *)s + r->offset, sizeof(text));
        return snprintf(buf, size, "%s", text ? text : "");
    case MIEN_TYPE_ANALYSIS:
        if (v <= MIEN_ALL)
            return print_analysis((unsigned)v, buf, size);
        break;
    case MIEN_TYPE_CHOICE:
        text = is_choice(r, v) ? word_at(r->pub.choices, (int)v, &length) : "";
        if (length)
            return snprintf(buf, size, "%.*s", (int)length, text);
        break;
    default:
        break;
    }
    print_number(number, sizeof(number), v, r->pub.type == MIEN_TYPE_FLOAT);
    return snprintf(buf, size, "%s", number);
}

int mien_settings_get(const mien_settings *s, const char *name, char *buf, size_t size)
{
    const struct row *r = find(name);
    mien_settings own;
    if (!s || !buf || !size)
        return mn_log_fail(MIEN_EINVAL, "mien_settings_get: settings and buffer must not be NULL");
    if (!r)
        return mn_log_fail(MIEN_EINVAL, "there is no setting '%s'", name ? name : "");
    int err = mn_settings_copy(&own, s);
    if (err < 0)
        return err;
    const int length = print_value(r, &own, buf, size);
    if (length < 0 || (size_t)length >= size)
        return mn_log_fail(MIEN_EINVAL, "the setting %s does not fit in %zu bytes", name, size);
    return 0;
}

/* The number that a text stands for. */
static bool parse_value(const struct row *r, const char *value, double *v)
{
    unsigned bits = 0;
    switch (r->pub.type) {
    case MIEN_TYPE_FLAG:
        *v = !strcmp(value, "1") || !strcmp(value, "true");
        return *v != 0 || !strcmp(value, "0") || !strcmp(value, "false");
    case MIEN_TYPE_CHOICE:
        *v = position(r->pub.choices, value, strlen(value));
        return *v >= 0;
    case MIEN_TYPE_ANALYSIS:
        if (*value && mien_analysis_parse(value, &bits) < 0)
            return false;
        *v = bits;
        return true;
    default:
        return read_number(value, v) && is_allowed(r, *v) &&
               (r->pub.type != MIEN_TYPE_INT || *v == floor(*v));
    }
}

int mien_settings_set(mien_settings *s, const char *name, const char *value)
{
    const struct row *r = find(name);
    double v;
    if (!s)
        return mn_log_fail(MIEN_EINVAL, "mien_settings_set: settings must not be NULL");
    if (!r)
        return mn_log_fail(MIEN_EINVAL, "there is no setting '%s'", name ? name : "");
    const size_t end = r->offset + (r->pub.type == MIEN_TYPE_TEXT     ? sizeof(char *)
                                    : r->pub.type == MIEN_TYPE_DOUBLE ? sizeof(double)
                                                                      : sizeof(int));
    if (s->size < end)
        return mn_log_fail(MIEN_EINVAL,
                           "settings.size is %zu, too small for the setting %s; call "
                           "mien_settings_init first",
                           s->size, name);
    if (r->pub.type == MIEN_TYPE_TEXT) {
        memcpy((char *)s + r->offset, &value, sizeof(value));
        return 0;
    }
    if (!value)
        return mn_log_fail(MIEN_EINVAL, "mien_settings_set: the value of %s must not be NULL",
                           name);
    if (!parse_value(r, value, &v)) /* analyses have their own message */
        return r->pub.type == MIEN_TYPE_ANALYSIS ? MIEN_EINVAL : out_of_range(NULL, r, value);
    set_number(r, s, v);
    return 0;
}
