#include "infer/ort_api.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/child.h"
#include "base/filename.h"

#define API_VERSION 17

typedef void (*position)(void);

struct api_base {
    const position *(*get_api)(uint32_t version);
    const char *(*version)(void);
};

struct mn_ort mn_ort;

static struct {
    int error; /* 0 once loaded */
    char message[MN_FILENAME_MAX + 200];
    char path[MN_FILENAME_MAX];
    const char *version;
    const char *(*error_message)(const ort_status *);
} library;

static pthread_once_t once = PTHREAD_ONCE_INIT;

#if defined(__APPLE__)
#define LIBRARY "libonnxruntime.dylib"
#else
#define LIBRARY "libonnxruntime.so.1"
#endif

static void *open_path(const char *path)
{
    snprintf(library.path, sizeof(library.path), "%s", path);
    return dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

static void *open_library(void)
{
    const char *user = getenv("MIEN_ONNXRUNTIME");
    if (user && *user)
        return open_path(user);
    static const char *const beside[] = {
        "../build-deps/lib/" LIBRARY, "../lib/mien/" LIBRARY, "../../lib/mien/" LIBRARY,
        "../mien/" LIBRARY,           "mien/" LIBRARY,        LIBRARY,
    };
    char dir[MN_FILENAME_MAX], path[MN_FILENAME_MAX];
    if (mn_child_own_folder(dir, sizeof(dir)) == 0)
        for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++)
            if (mn_filename_join(path, dir, beside[i], NULL) == 0 && access(path, R_OK) == 0)
                return open_path(path);
    void *lib = open_path("libonnxruntime.so");
    return lib ? lib : open_path(LIBRARY);
}

static void take_functions(const position *table)
{
    library.error_message = (const char *(*)(const ort_status *))table[2];
#define TAKE(n, name, args) mn_ort.name = (ort_status * (*)args) table[n];
    MN_ORT_CALLS(TAKE)
#undef TAKE
#define TAKE(n, name, type) mn_ort.name = (void (*)(type *))table[n];
    MN_ORT_RELEASES(TAKE)
#undef TAKE
}

static void load(void)
{
    library.error = MIEN_ENORUNTIME;
    /* Some builds of the runtime report usage to their maker unless this is set before they load.
     * Nothing of the user's leaves the machine. */
    setenv("ORT_DISABLE_TELEMETRY", "1", 1);
    void *lib = open_library(); /* stays loaded: the runtime does not survive being unloaded */
    if (!lib) {
        const char *why = dlerror();
        snprintf(library.message, sizeof(library.message),
                 "cannot load ONNX Runtime (%s); run make setup, install it, or set "
                 "MIEN_ONNXRUNTIME to its library",
                 why ? why : "not found");
        return;
    }
    const struct api_base *(*get_base)(void);
    *(void **)&get_base = dlsym(lib, "OrtGetApiBase");
    const struct api_base *base = get_base ? get_base() : NULL;
    if (!base) {
        snprintf(library.message, sizeof(library.message),
                 "%s is not ONNX Runtime; set MIEN_ONNXRUNTIME to its library", library.path);
        return;
    }
    library.version = base->version();
    const position *table = base->get_api(API_VERSION);
    if (!table) {
        snprintf(library.message, sizeof(library.message),
                 "%s is ONNX Runtime %s; version 1.17 or newer is needed", library.path,
                 library.version);
        return;
    }
    take_functions(table);
    library.error = 0;
}

int mn_ort_load(struct mn_log *log)
{
    pthread_once(&once, load);
    if (library.error)
        mn_error(log, "%s", library.message);
    return library.error;
}

int mn_ort_version(char *buf, size_t size)
{
    pthread_once(&once, load);
    if (library.error)
        snprintf(buf, size, "%s", library.message);
    else
        snprintf(buf, size, "ONNX Runtime %s (%s)", library.version, library.path);
    return library.error;
}

bool mn_ort_failed(ort_status *s, char why[MN_ORT_WHY])
{
    if (!s)
        return false;
    snprintf(why, MN_ORT_WHY, "%s", library.error_message(s));
    for (char *p = why; *p; p++)
        if (*p == '\n')
            *p = ' ';
    mn_ort.release_status(s);
    return true;
}
