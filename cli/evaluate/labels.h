/* Labels of videos and pictures in memory, whichever files they come from: one value for a channel
 * (an action unit, an angle, a coordinate) of a frame of a recording. */
#ifndef MN_CLI_LABELS_H
#define MN_CLI_LABELS_H

#include <stdbool.h>
#include <stdint.h>

/* What a value is. Angles in degrees as in mien's columns; points in pixels, 0 to 67. */
enum {
    MN_CHANNEL_INTENSITY = 0,    /* + FACS number: 0 to 5 */
    MN_CHANNEL_PRESENCE = 64,    /* + FACS number: 0 or 1 */
    MN_CHANNEL_GAZE_YAW = 128,   /* positive towards image left */
    MN_CHANNEL_GAZE_PITCH = 129, /* positive up */
    MN_CHANNEL_X = 130,
    MN_CHANNEL_Y = 198,
    MN_CHANNELS = 266
};

enum { MN_LABELS_UNITS = 64, MN_LABELS_POINTS = 68, MN_LABELS_ANY_FACE = -1 };

struct mn_label {
    int32_t recording, frame; /* frame from 1 */
    int32_t face;             /* face_id, or MN_LABELS_ANY_FACE */
    uint16_t channel;
    float value;
};

struct mn_recording {
    char *name;   /* "SN001", "p00/face/17": what the name of the result is compared with */
    char *person; /* its name; recordings of one person are resampled together */
    int number;   /* before sorting */
    int person_index;
    int64_t first, n; /* its labels */
};

struct mn_labels {
    struct mn_recording *recording;
    int num_recordings, room_recordings;
    struct mn_label *label;
    int64_t n, room;
    int num_people;
};

/* Most labels, 1.5 GB of them. */
#define MN_LABELS_MOST ((int64_t)80 << 20)

/* Starts a recording, or continues the one of that name. Its number is valid until
 * mn_labels_finish. MIEN_ENOMEM, reported. */
int mn_labels_recording(struct mn_labels *l, const char *name, const char *person);

/* 0 or MIEN_ENOMEM, reported. Values that are not finite are left out. */
int mn_labels_add(struct mn_labels *l, const struct mn_label *label);

/* Gives recordings the persons of a table with the columns video and person. 0 or a reported
 * code; MIEN_EINVAL if it names no recording. Before mn_labels_finish. */
int mn_labels_people(struct mn_labels *l, const char *path);

/* Sorts: recordings by name, labels by recording, frame, face and channel; numbers the people. Of
 * several labels for one thing, one remains. 0 or MIEN_ENOMEM, reported. */
int mn_labels_finish(struct mn_labels *l);
void mn_labels_free(struct mn_labels *l);

#endif
