/* Cameras and filter graphs, which are devices to FFmpeg. They need libavdevice, which depends on
 * some two hundred libraries: 20 MB and 40 ms that files need not pay. It is loaded on demand. */
#include <dlfcn.h>
#include <errno.h>
#include <unistd.h>
#ifdef MN_HAVE_AVDEVICE
#include <libavdevice/version.h>
#endif

#include "io/msg.h"
#include "source/ffmpeg/state.h"

static bool load_devices(void)
{
#ifdef MN_HAVE_AVDEVICE
    char name[64];
#if defined(__APPLE__)
    snprintf(name, sizeof(name), "libavdevice.%d.dylib", LIBAVDEVICE_VERSION_MAJOR);
#else
    snprintf(name, sizeof(name), "libavdevice.so.%d", LIBAVDEVICE_VERSION_MAJOR);
#endif
    void (*register_all)(void) = NULL;
    /* never closed: its formats stay registered */
    void *lib = NULL;
#ifdef MN_DEVICES /* beside the program: it depends on the libavdevice that fits (bindings/python) \
                   */
    lib = dlopen(MN_DEVICES, RTLD_NOW | RTLD_LOCAL);
#endif
    if (!lib)
        lib = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (lib)
        *(void **)&register_all = dlsym(lib, "avdevice_register_all");
    if (register_all)
        register_all();
    return register_all != NULL;
#else
    return false;
#endif
}

/* The device's format; NULL after a report. */
static const AVInputFormat *find_device(const struct mn_decoder *d, const char *format)
{
    if (!load_devices()) {
        mn_fail(MIEN_ENOTBUILT,
                "%s: cameras and lavfi: need libavdevice, which is not installed or was not "
                "built in; use a file",
                d->name);
        return NULL;
    }
    const AVInputFormat *input = av_find_input_format(format);
    if (!input)
        mn_fail(MIEN_ENOTBUILT, "%s: this libavdevice does not support such a device; use a file",
                d->name);
    return input;
}

/* --------------------------------------------------------------------------------- graph ---- */

static int open_graph(struct mn_decoder *d, int *result)
{
    const AVInputFormat *input = find_device(d, "lavfi");
    if (!input)
        return MIEN_ENOTBUILT;
    *result = mn_av_connect(d, d->name + strlen("lavfi:"), input, NULL);
    return 0;
}

static int explain_graph(const struct mn_decoder *d, int result)
{
    char why[AV_ERROR_MAX_STRING_SIZE];
    av_strerror(result, why, sizeof(why));
    return mn_fail(MIEN_ENOTMEDIA,
                   "%s: not a filter graph that FFmpeg can build (%s); try lavfi:testsrc", d->name,
                   why);
}

const struct mn_av_opener mn_av_graph = {open_graph, explain_graph};

/* -------------------------------------------------------------------------------- camera ---- */

#if defined(__APPLE__)
#define CAMERAS "avfoundation"
#else
#define CAMERAS "v4l2"
#endif

static void camera_device(const char *name, char *device, size_t size)
{
#if defined(__APPLE__)
    snprintf(device, size, "%s", name);
#else
    snprintf(device, size, "%s%s", mn_kind_is_number(name) ? "/dev/video" : "", name);
#endif
}

static int report_camera(const char *device, int error)
{
    const char *cure =
        error == ENOENT ? "check which there are with: ls /dev/video*"
        : error == EACCES || error == EPERM
            ? "give yourself access to it, usually by joining the group video"
        : error == EBUSY ? "another program uses it; check which, and end it"
        : error == ENODEV || error == ENOTTY || error == EINVAL
            ? "it takes no pictures; many cameras have two devices, try the other number"
            : "check its cable, and that no other program uses it";
    return mn_fail(MIEN_ENOINPUT, "camera %s: %s; %s", device, strerror(error), cure);
}

/* 0, or why the device cannot be opened. macOS has no such files. */
static int check_access(const char *device)
{
#if defined(__APPLE__)
    (void)device;
    return 0;
#else
    return access(device, R_OK | W_OK) < 0 ? errno : 0;
#endif
}

/* What is requested of a camera; it may deliver something else. Most cables cannot carry large raw
 * pictures at a full rate: cameras have JPEG for these, which FFmpeg itself would only choose where
 * there is no other format. */
static AVDictionary *camera_options(const struct mn_decoder_options *o, bool jpeg)
{
    AVDictionary *options = NULL;
    char rate[40];
    if (o->fps > 0) {
        snprintf(rate, sizeof(rate), "%.6f", o->fps);
        av_dict_set(&options, "framerate", rate, 0);
    }
    if (o->camera_size)
        av_dict_set(&options, "video_size", o->camera_size, 0);
    if (jpeg)
        av_dict_set(&options, "input_format", "mjpeg", 0);
    return options;
}

static int connect_camera(struct mn_decoder *d, const char *device, const AVInputFormat *input,
                          bool jpeg)
{
    d->format->flags |= AVFMT_FLAG_NONBLOCK; /* otherwise nothing could end a wait for it */
    mn_av_restart_patience(d);
    return mn_av_connect(d, device, input, camera_options(&d->o, jpeg));
}

static int open_camera(struct mn_decoder *d, int *result)
{
    char device[64];
    const AVInputFormat *input = find_device(d, CAMERAS);
    if (!input)
        return MIEN_ENOTBUILT;
    camera_device(d->name, device, sizeof(device));
    const int error = check_access(device);
    if (error)
        return report_camera(device, error);
#if defined(__APPLE__)
    const bool jpeg = false;
#else
    const bool jpeg = d->o.camera_size != NULL;
#endif
    d->patience.seconds = d->o.timeout;
    *result = connect_camera(d, device, input, jpeg);
    if (*result == AVERROR(EINVAL) && jpeg) { /* the camera has no JPEG */
        int err = mn_av_new_input(d);
        if (err < 0)
            return err;
        *result = connect_camera(d, device, input, false);
    }
    return 0;
}

static int explain_camera(const struct mn_decoder *d, int result)
{
    char device[64];
    camera_device(d->name, device, sizeof(device));
    return report_camera(device, AVUNERROR(result));
}

const struct mn_av_opener mn_av_camera = {open_camera, explain_camera};
