#include "source/kind.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/msg.h"

bool mn_kind_is_pattern(const char *name)
{
    const char *p = strchr(name, '%');
    if (!p)
        return false;
    for (p++; isdigit((unsigned char)*p); p++)
        ;
    return *p == 'd';
}

bool mn_kind_is_number(const char *name)
{
    if (!*name)
        return false;
    for (; *name; name++)
        if (!isdigit((unsigned char)*name))
            return false;
    return true;
}

bool mn_kind_is_live(enum mn_source_kind kind, const char *name)
{
    static const char *const schemes[] = {"rtsp:", "rtp:", "udp:", "srt:"};
    if (kind == MN_KIND_CAMERA)
        return true;
    for (size_t i = 0; kind == MN_KIND_URL && i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (!strncmp(name, schemes[i], strlen(schemes[i])))
            return true;
    return false;
}

static bool is_camera(const char *name)
{
    return !strncmp(name, "/dev/video", 10) || (mn_kind_is_number(name) && access(name, F_OK) < 0);
}

/* A name in the file system: FFmpeg must not see what it would not open well. */
static int check_file(const char *name, enum mn_source_kind *kind)
{
    struct stat st;
    if (stat(name, &st) < 0) {
        if (mn_kind_is_pattern(name)) {
            *kind = MN_KIND_SEQUENCE;
            return 0;
        }
        return mn_fail(MIEN_ENOINPUT, "%s: %s; check the name", name, strerror(errno));
    }
    if (S_ISDIR(st.st_mode))
        return mn_fail(MIEN_EISDIR,
                       "%s is a folder; name the files in it, or a sequence such as "
                       "%s/%%04d.jpg",
                       name, name);
    if (access(name, R_OK) < 0)
        return mn_fail(MIEN_ENOINPUT, "%s cannot be read: %s; check its permissions", name,
                       strerror(errno));
    if (S_ISREG(st.st_mode) && st.st_size == 0)
        return mn_fail(MIEN_EEMPTY, "%s is empty; copy or record it again", name);
    return 0;
}

int mn_kind_of(const char *name, bool remote, enum mn_source_kind *kind)
{
    *kind = MN_KIND_FILE;
    if (!strncmp(name, "lavfi:", 6)) {
        *kind = MN_KIND_GRAPH;
    } else if (is_camera(name)) {
        *kind = MN_KIND_CAMERA;
    } else if (strstr(name, "://")) {
        *kind = MN_KIND_URL;
        if (!remote)
            return mn_fail(MIEN_ENOINPUT,
                           "%s: extract reads files only; use mien run --source for streams", name);
    } else if (strcmp(name, "-")) {
        return check_file(name, kind);
    }
    return 0;
}
