#include "run/face_file.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/atomic_file.h"
#include "io/path.h"

enum { WORDS = sizeof(mien_face) / 4 };
static_assert(sizeof(mien_face) % 4 == 0 && WORDS < 65536,
              "a face is 32-bit words, counted in 16 bits");

struct head {
    int64_t index;
    double time;
    int32_t error, num_faces;
};

/* Words of a face: zeros, then others that follow. */
struct run {
    uint16_t zeros, words;
};

struct mn_face_file {
    char *beside;
    FILE *faces, *units; /* units: the final mien_au of each face, in the same order */
    mien_face face[MIEN_FACES_LIMIT];
    const mien_face *pointer[MIEN_FACES_LIMIT];
};

static int failed(const struct mn_face_file *f)
{
    return mn_atomic_file_error(f->beside, errno ? errno : EIO, MN_CURE_OUTPUT);
}

static FILE *nameless(const char *beside)
{
    char *path = mn_path_with_suffix(beside, ".faces.XXXXXX");
    const int fd = path ? mkstemp(path) : -1;
    if (fd >= 0)
        unlink(path);
    free(path);
    return fd >= 0 ? fdopen(fd, "w+b") : NULL;
}

int mn_face_file_open(struct mn_face_file **out, const char *beside)
{
    struct mn_face_file *f = *out = calloc(1, sizeof(*f));
    if (!f || !(f->beside = strdup(beside)))
        return MIEN_ENOMEM;
    errno = 0;
    f->faces = nameless(beside);
    f->units = nameless(beside);
    return f->faces && f->units ? 0 : failed(f);
}

void mn_face_file_close(struct mn_face_file **pf)
{
    struct mn_face_file *f = *pf;
    if (!f)
        return;
    if (f->faces)
        fclose(f->faces);
    if (f->units)
        fclose(f->units);
    free(f->beside);
    free(f);
    *pf = NULL;
}

/* --------------------------------------------------------------------------------- writing ---- */

static bool put(FILE *file, const void *data, size_t size)
{
    return fwrite(data, size, 1, file) == 1;
}

/* Most of a face is zero: what was not measured. */
static bool put_face(FILE *file, const mien_face *face)
{
    uint32_t word[WORDS];
    memcpy(word, face, sizeof(word));
    for (int i = 0; i < WORDS;) {
        struct run run = {0, 0};
        while (i < WORDS && !word[i])
            i++, run.zeros++;
        const int first = i;
        while (i < WORDS && word[i])
            i++, run.words++;
        if (!put(file, &run, sizeof(run)) ||
            (run.words && !put(file, word + first, 4u * run.words)))
            return false;
    }
    return true;
}

int mn_face_file_add(struct mn_face_file *f, const struct mn_result *r)
{
    const struct head head = {r->frame->index, r->frame->time, r->frame->error, r->num_faces};
    errno = 0;
    bool good = put(f->faces, &head, sizeof(head));
    for (int i = 0; i < r->num_faces && good; i++)
        good = put_face(f->faces, r->face[i]);
    return good ? 0 : failed(f);
}

/* --------------------------------------------------------------------------------- reading ---- */

static bool get(FILE *file, void *data, size_t size)
{
    return fread(data, size, 1, file) == 1;
}

static bool get_face(FILE *file, mien_face *face)
{
    uint32_t word[WORDS];
    memset(word, 0, sizeof(word));
    for (int i = 0; i < WORDS;) {
        struct run run;
        if (!get(file, &run, sizeof(run)) || run.zeros + run.words > WORDS - i)
            return false;
        i += run.zeros;
        if (run.words && !get(file, word + i, 4u * run.words))
            return false;
        i += run.words;
    }
    memcpy(face, word, sizeof(word));
    return true;
}

/* 0, MIEN_EEOF or an error. */
static int get_frame(struct mn_face_file *f, mien_frame *frame)
{
    struct head head;
    errno = 0;
    if (!get(f->faces, &head, sizeof(head)))
        return feof(f->faces) ? MIEN_EEOF : failed(f);
    if (head.num_faces < 0 || head.num_faces > MIEN_FACES_LIMIT)
        return failed(f);
    *frame = (mien_frame){
        .index = head.index, .time = head.time, .error = head.error, .num_faces = head.num_faces};
    for (int i = 0; i < head.num_faces; i++) {
        f->pointer[i] = &f->face[i];
        if (!get_face(f->faces, &f->face[i]))
            return failed(f);
    }
    return 0;
}

int mn_face_file_revise(struct mn_face_file *f, mn_final_au_fn *final, void *ctx)
{
    mien_frame frame;
    int err;
    errno = 0;
    if (fflush(f->faces) != 0)
        return failed(f);
    rewind(f->faces);
    while ((err = get_frame(f, &frame)) == 0)
        for (int i = 0; i < frame.num_faces; i++) {
            mien_face *face = &f->face[i];
            if ((face->has & MIEN_AU) && !face->au.final)
                final(ctx, frame.index, face->id, &face->au);
            if (!put(f->units, &face->au, sizeof(face->au)))
                return failed(f);
        }
    if (err != MIEN_EEOF)
        return err;
    errno = 0;
    if (fflush(f->units) != 0)
        return failed(f);
    rewind(f->faces);
    rewind(f->units);
    return 0;
}

int mn_face_file_next(struct mn_face_file *f, mien_frame *frame, const mien_face *const **face)
{
    int err = get_frame(f, frame);
    *face = f->pointer;
    for (int i = 0; err == 0 && i < frame->num_faces; i++)
        if (!get(f->units, &f->face[i].au, sizeof(f->face[i].au)))
            return failed(f);
    return err;
}
