/* Results as a stream of the Lab Streaming Layer, for recorders that bring many devices to one
 * clock.
 *
 * One sample for each frame, of the first face of the row (--person and --max-faces choose it); NaN
 * for what was not measured. Its time is that of the capture. liblsl is loaded when it is needed;
 * it sends in threads of its own and drops the oldest samples of a slow reader.
 *
 * Names and units: https://github.com/sccn/xdf/wiki/Gaze-Meta-Data */
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/msg.h"
#include "report/monitor.h"
#include "sink/sink.h"

#define FLOATS 1    /* cft_float32 */
#define BUFFERED 60 /* seconds of samples for a reader that is slow */
#define MOST_CHANNELS 4096

typedef struct lsl_info *info_ref;
typedef struct lsl_node *node_ref;
typedef struct lsl_out *outlet_ref;

/* Declared here, so that mien is built without the library. Its C interface is stable since 1.0. */
static struct {
    info_ref (*lsl_create_streaminfo)(const char *name, const char *type, int32_t channels,
                                      double rate, int format, const char *id);
    void (*lsl_destroy_streaminfo)(info_ref);
    node_ref (*lsl_get_desc)(info_ref);
    node_ref (*lsl_append_child)(node_ref, const char *name);
    node_ref (*lsl_append_child_value)(node_ref, const char *name, const char *value);
    outlet_ref (*lsl_create_outlet)(info_ref, int32_t chunk, int32_t seconds);
    void (*lsl_destroy_outlet)(outlet_ref);
    int32_t (*lsl_push_sample_ft)(outlet_ref, const float *, double time);
    double (*lsl_local_clock)(void);
} lib;

struct lsl {
    struct mn_sink base;
    char *name;
    const struct mn_monitor *monitor;
    outlet_ref outlet;
    int num_channels;
    int column[MOST_CHANNELS];
    float sample[MOST_CHANNELS];
    struct mn_sink_counts counts;
};

static bool find(void *library)
{
#define FIND(f) (*(void **)&lib.f = dlsym(library, #f)) != NULL
    return FIND(lsl_create_streaminfo) && FIND(lsl_destroy_streaminfo) && FIND(lsl_get_desc) &&
           FIND(lsl_append_child) && FIND(lsl_append_child_value) && FIND(lsl_create_outlet) &&
           FIND(lsl_destroy_outlet) && FIND(lsl_push_sample_ft) && FIND(lsl_local_clock);
#undef FIND
}

static int load(void)
{
    static const char *const names[] = {"liblsl.so", "liblsl.so.2", "liblsl.so.1", "liblsl.dylib"};
    const char *given = getenv("MIEN_LSL");
    void *library = given ? dlopen(given, RTLD_NOW | RTLD_LOCAL) : NULL;
    for (size_t i = 0; !given && !library && i < sizeof(names) / sizeof(names[0]); i++)
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (!library || !find(library))
        return mn_fail(
            MIEN_ENOTBUILT,
            "--send lsl needs liblsl, which %s; install it, or set MIEN_LSL to the path of "
            "the library",
            library ? "lacks functions of version 1.0" : "cannot be loaded");
    return 0;
}

static int finish(struct mn_sink *base, bool complete)
{
    struct lsl *s = (struct lsl *)base;
    if (s->outlet)
        lib.lsl_destroy_outlet(s->outlet);
    free(s->name);
    free(s);
    return 0;
}

/* name: "lsl", or "lsl:NAME" for the name of the stream. */
static int open_lsl(struct mn_sink **out, const char *name, bool force)
{
    int err = load();
    if (err < 0)
        return err;
    struct lsl *s = calloc(1, sizeof(*s));
    if (!s)
        return MIEN_ENOMEM;
    s->base.info = &mn_sink_lsl;
    s->name = strdup(name[3] == ':' && name[4] ? name + 4 : "mien");
    if (!s->name) {
        finish(&s->base, false);
        return MIEN_ENOMEM;
    }
    *out = &s->base;
    return 0;
}

/* ------------------------------------------------------------------------------- meta-data ---- */

/* Types of the convention; other columns keep their names as types. */
static const char *type_of(const mien_column *c)
{
    static const char *const known[][2] = {
        {"gaze_0_x", "DirectionX"},   {"gaze_0_y", "DirectionY"}, {"gaze_0_z", "DirectionZ"},
        {"gaze_1_x", "DirectionX"},   {"gaze_1_y", "DirectionY"}, {"gaze_1_z", "DirectionZ"},
        {"pose_Tx", "HeadX"},         {"pose_Ty", "HeadY"},       {"pose_Tz", "HeadZ"},
        {"confidence", "Confidence"}, {"frame", "FrameNumber"},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (!strcmp(c->name, known[i][0]))
            return known[i][1];
    return c->action_unit ? "ActionUnit" : c->name;
}

/* Eye 0 of OpenFace is the one on the left of the picture: the person's right eye. */
static const char *eye_of(const mien_column *c)
{
    if (!strncmp(c->name, "gaze_0_", 7))
        return "right";
    return !strncmp(c->name, "gaze_1_", 7) ? "left" : "both";
}

static const char *unit_of(const mien_column *c)
{
    static const char *const units[][2] = {
        {"deg", "degrees"}, {"rad", "radians"}, {"px", "pixels"}, {"s", "seconds"}};
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (!strcmp(c->unit, units[i][0]))
            return units[i][1];
    return *c->unit ? c->unit : !strcmp(c->range, "0..1") ? "normalized" : "none";
}

static void describe(const struct lsl *s, info_ref info, const struct mn_stream *stream)
{
    node_ref desc = lib.lsl_get_desc(info);
    lib.lsl_append_child_value(desc, "manufacturer", "mien");
    lib.lsl_append_child_value(desc, "source", stream->input ? stream->input : "");
    node_ref channels = lib.lsl_append_child(desc, "channels");
    for (int i = 0; i < s->num_channels; i++) {
        const mien_column *c = mien_column_at(s->column[i]);
        node_ref channel = lib.lsl_append_child(channels, "channel");
        lib.lsl_append_child_value(channel, "label", c->name);
        lib.lsl_append_child_value(channel, "eye", eye_of(c));
        lib.lsl_append_child_value(channel, "type", type_of(c));
        lib.lsl_append_child_value(channel, "unit", unit_of(c));
        if (*c->coordinates)
            lib.lsl_append_child_value(channel, "coordinate_system", "camera-space");
    }
}

static int begin(struct mn_sink *base, const struct mn_stream *stream)
{
    struct lsl *s = (struct lsl *)base;
    struct mn_layout layout = stream->layout;
    layout.openface = false;
    s->monitor = stream->monitor;
    for (int i = 0; mien_column_at(i) && s->num_channels < MOST_CHANNELS; i++)
        if (mn_columns_has(&layout, i))
            s->column[s->num_channels++] = i;
    char id[100], host[64] = "";
    gethostname(host, sizeof(host) - 1);
    snprintf(id, sizeof(id), "mien-%s-%ld", host, (long)getpid());
    info_ref info = lib.lsl_create_streaminfo(s->name, "Gaze", s->num_channels, 0, FLOATS, id);
    if (info) {
        describe(s, info, stream);
        s->outlet = lib.lsl_create_outlet(info, 0, BUFFERED);
        lib.lsl_destroy_streaminfo(info);
    }
    return s->outlet ? 0
                     : mn_fail(MIEN_EOUTPUT, "--send lsl: liblsl cannot open a stream; check its "
                                             "configuration (lsl_api.cfg)");
}

/* --------------------------------------------------------------------------------- samples ---- */

/* Of the frame that is being delivered; 0 if the run measures no times. */
static double age(const struct mn_monitor *m)
{
    if (!m || m->num_received == 0)
        return 0;
    const double a = mn_now() - m->flight[(m->num_received - 1) % MN_MOST_IN_FLIGHT].captured;
    return a > 0 && a < 3600 ? a : 0;
}

static int frame(struct mn_sink *base, const struct mn_result *r)
{
    struct lsl *s = (struct lsl *)base;
    const mien_face *face = r->num_faces ? r->face[0] : NULL;
    const double time = lib.lsl_local_clock() - age(s->monitor);
    for (int i = 0; i < s->num_channels; i++) {
        double v;
        const bool has = mien_column_value(s->column[i], r->frame, face, &v);
        s->sample[i] = has ? (float)v : NAN;
    }
    const bool sent = lib.lsl_push_sample_ft(s->outlet, s->sample, time) == 0;
    s->counts.sent += sent;
    s->counts.dropped += !sent;
    return 0;
}

static struct mn_sink_counts counts(const struct mn_sink *s)
{
    return ((const struct lsl *)s)->counts;
}

const struct mn_sink_info mn_sink_lsl = {
    .name = "lsl",
    .role = MN_SINK_LSL,
    .streams = true,
    .open = open_lsl,
    .begin = begin,
    .frame = frame,
    .finish = finish,
    .counts = counts,
};
