/* Labels in any table with the columns of a result. */
#include <math.h>
#include <mien/mien.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate/channels.h"
#include "evaluate/label_format.h"
#include "io/msg.h"
#include "table/reader.h"

struct columns {
    int frame, face, success, video, person; /* -1: there is none */
    struct mn_channels channels;
};

static void find_columns(struct columns *c, struct mn_reader *r)
{
    c->frame = mn_reader_find(r, "frame");
    c->face = mn_reader_find(r, "face_id");
    c->success = mn_reader_find(r, "success");
    c->video = mn_reader_find(r, "video");
    c->person = mn_reader_find(r, "person");
    mn_channels_find(&c->channels, r);
}

static bool table_takes(const char *path, const char *name)
{
    struct mn_reader *r;
    struct columns c;
    bool is = false;
    if (!mn_label_ending(name, ".csv"))
        return false;
    mn_msg_mute(true);
    if (mn_reader_open(&r, path) == 0) {
        find_columns(&c, r);
        is = mn_channels_any(&c.channels) && (c.frame >= 0 || c.video >= 0);
        mn_reader_close(r);
    }
    mn_msg_mute(false);
    return is;
}

/* The recording of a row: its video, else the file. */
static int recording_of(struct mn_labels *l, struct mn_reader *r, const struct columns *c,
                        const char *file)
{
    char *video = c->video >= 0 ? strdup(mn_reader_text(r, c->video)) : strdup(file);
    if (!video)
        return MIEN_ENOMEM;
    const char *person = c->person >= 0 ? mn_reader_text(r, c->person) : "";
    const int found = mn_labels_recording(l, video, *person ? person : video);
    free(video);
    return found;
}

static int add_row(struct mn_labels *l, const struct columns *c, const double *row, int recording)
{
    double value[MN_CHANNELS];
    const double face = c->face >= 0 ? row[c->face] : MN_LABELS_ANY_FACE;
    const double frame = c->frame >= 0 ? row[c->frame] : 1;
    if ((c->success >= 0 && !(row[c->success] >= 0.5)) || (c->face >= 0 && !(face >= 0)))
        return 0;
    if (!(frame >= 0 && frame <= INT32_MAX) || face > INT32_MAX)
        return MIEN_EDAMAGED;
    mn_channels_read(&c->channels, row, value);
    int err = 0;
    for (int i = 0; i < MN_CHANNELS && err == 0; i++)
        if (!isnan(value[i])) {
            const struct mn_label label = {recording, (int32_t)frame, (int32_t)face, (uint16_t)i,
                                           (float)value[i]};
            err = mn_labels_add(l, &label);
        }
    return err;
}

static int read_rows(struct mn_labels *l, struct mn_reader *r, const char *path, const char *file)
{
    struct columns c;
    int64_t line = 1;
    int got;
    double *row = calloc((size_t)mn_reader_num_columns(r), sizeof(*row));
    find_columns(&c, r);
    if (!row)
        return mn_fail(MIEN_ENOMEM, "%s: out of memory", path);
    while ((got = mn_reader_next(r, row)) > 0) {
        line++;
        const int recording = recording_of(l, r, &c, file);
        got = recording < 0 ? recording : add_row(l, &c, row, recording);
        if (got == MIEN_EDAMAGED)
            mn_label_damaged(path, line, "a frame number");
        if (got < 0)
            break;
    }
    free(row);
    return got;
}

static int table_read(struct mn_labels *l, const char *path, const char *name)
{
    struct mn_reader *r;
    int err = mn_reader_open(&r, path);
    if (err < 0)
        return err;
    char *file = strdup(name);
    if (file)
        file[strlen(file) - strlen(".csv")] = 0;
    err = file ? read_rows(l, r, path, file) : MIEN_ENOMEM;
    free(file);
    mn_reader_close(r);
    return err;
}

/* VIDEO.csv with frame and columns as in a result (AU12_r, AU12_c, gaze_yaw, x_0 ...); optional
 * columns video, person, face_id, success */
const struct mn_label_format mn_label_table = {
    .name = "table",
    .takes = table_takes,
    .read = table_read,
};
