/* What kind of thing the name of a source is. */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/msg.h"
#include "source/ffmpeg/inside.h"

bool mn_av_is_pattern(const char *name)
{
    const char *p = strchr(name, '%');
    if (!p)
        return false;
    for (p++; isdigit((unsigned char)*p); p++)
        ;
    return *p == 'd';
}

bool mn_av_is_number(const char *name)
{
    if (!*name)
        return false;
    for (; *name; name++)
        if (!isdigit((unsigned char)*name))
            return false;
    return true;
}

int mn_av_classify(const char *name, const struct mn_source_options *o, enum mn_av_kind *kind)
{
    struct stat st;
    if (!strncmp(name, "lavfi:", 6)) {
        *kind = MN_AV_GRAPH;
        return 0;
    }
    if (!strncmp(name, "/dev/video", 10) || (mn_av_is_number(name) && access(name, F_OK) < 0)) {
        *kind = MN_AV_CAMERA;
        return 0;
    }
    if (strstr(name, "://")) {
        *kind = MN_AV_URL;
        if (o->remote)
            return 0;
        return mn_fail(MIEN_ENOINPUT, "%s: extract reads files; use mien run --source for streams",
                       name);
    }
    *kind = MN_AV_FILE;
    if (!strcmp(name, "-"))
        return 0;
    if (stat(name, &st) < 0) {
        if (mn_av_is_pattern(name)) {
            *kind = MN_AV_PATTERN;
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
