#include <mien/mien.h>

/* By code without its sign. */
#define ROW(code, text) [-(code)] = {#code, text}
static const struct {
    const char *name, *text;
} errors[] = {
    ROW(MIEN_OK, "success"),
    ROW(MIEN_EINTERNAL, "internal error"),
    ROW(MIEN_EINVAL, "bad argument or option"),
    ROW(MIEN_ENOINPUT, "input missing or unreadable"),
    ROW(MIEN_EISDIR, "input is a directory"),
    ROW(MIEN_EEMPTY, "input is empty"),
    ROW(MIEN_ENOTMEDIA, "input is not a video or picture"),
    ROW(MIEN_ENOVIDEO, "input has no video stream"),
    ROW(MIEN_EDAMAGED, "input is damaged or truncated"),
    ROW(MIEN_EDIMENSIONS, "picture size out of bounds"),
    ROW(MIEN_ESIZECHANGE, "picture size changed within the video"),
    ROW(MIEN_ETIMESTAMPS, "timestamps missing, negative or not increasing"),
    ROW(MIEN_ENOMODEL, "model file missing"),
    ROW(MIEN_EUNKNOWNMODEL, "model file is not in the registry"),
    ROW(MIEN_EBADMODEL, "model file damaged"),
    ROW(MIEN_EMODELROLE, "model does not fit its role"),
    ROW(MIEN_ENORUNTIME, "ONNX Runtime missing or too old"),
    ROW(MIEN_EPROVIDER, "execution provider cannot be used"),
    ROW(MIEN_EENGINE, "a network failed to run"),
    ROW(MIEN_EEXISTS, "output exists"),
    ROW(MIEN_EOUTPUT, "output cannot be written"),
    ROW(MIEN_EFULL, "no space left for the output"),
    ROW(MIEN_ENOMEM, "out of memory"),
    ROW(MIEN_EDOWNLOAD, "download failed"),
    ROW(MIEN_ENOTBUILT, "not built in"),
    ROW(MIEN_EINTERRUPTED, "interrupted"),
    ROW(MIEN_EAGAIN, "nothing ready yet"),
    ROW(MIEN_EEOF, "end of stream"),
    ROW(MIEN_EWORKER, "worker processes died"),
};
#define NUM_ERRORS ((int)(sizeof(errors) / sizeof(errors[0])))

static int is_known(int error)
{
    return error <= 0 && error > -NUM_ERRORS;
}

const char *mien_strerror(int error)
{
    return is_known(error) ? errors[-error].text : "unknown error";
}

const char *mien_error_name(int error)
{
    return is_known(error) ? errors[-error].name : "MIEN_UNKNOWN";
}
