/* The temporary file of results: what was written is read, with the final action units. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "run/face_file.h"

enum { FRAMES = 40 };

static char folder[] = "/tmp/mien-face-file-XXXXXX", video[64];

/* Frame k has k % 4 faces; some have everything, some hardly anything. */
static void fill(mien_face *face, int k, int i)
{
    memset(face, 0, sizeof(*face));
    if ((k + i) % 3 == 0) {
        float *word = (float *)face;
        for (size_t w = 0; w < sizeof(*face) / sizeof(*word); w++)
            word[w] = (float)(w % 11) - 5 + (float)k;
    }
    face->id = i;
    face->has = k % 5 ? MIEN_AU | MIEN_LANDMARKS : 0;
    face->au.final = 0;
    face->gaze[1] = -0.0f;
    face->sharpness = (float)k; /* the last word */
}

static void give(struct mn_face_file *f, int k)
{
    static mien_face face[4];
    const mien_face *pointer[4] = {&face[0], &face[1], &face[2], &face[3]};
    for (int i = 0; i < k % 4; i++)
        fill(&face[i], k, i);
    const mien_frame frame = {.index = 3 * k, .time = 0.04 * k, .error = k == 7 ? MIEN_EWORKER : 0};
    CHECK_INT(mn_face_file_add(f, &(struct mn_result){&frame, k % 4, pointer}), 0);
}

static int final_units(void *ctx, int64_t index, int32_t id, mien_au *out)
{
    ++*(int *)ctx;
    if (index == 9) /* unknown: what the first pass had stays */
        return MIEN_EINVAL;
    memset(out, 0, sizeof(*out));
    out->intensity[0] = (float)index + (float)id / 10;
    out->final = 1;
    return 0;
}

static void check_frame(struct mn_face_file *f, int k, int *asked)
{
    const mien_face *const *face;
    mien_frame frame;
    CHECK_INT(mn_face_file_next(f, &frame, &face), 0);
    CHECK_INT(frame.index, 3 * k);
    CHECK_INT(frame.num_faces, k % 4);
    CHECK_INT(frame.error, k == 7 ? MIEN_EWORKER : 0);
    CHECK_NEAR(frame.time, 0.04 * k, 0);
    for (int i = 0; i < frame.num_faces; i++) {
        static mien_face want;
        fill(&want, k, i);
        if (want.has & MIEN_AU)
            final_units(asked, frame.index, i, &want.au);
        CHECK(!memcmp(face[i], &want, sizeof(want)));
    }
}

static int files_here(void)
{
    DIR *dir = opendir(folder);
    int n = -2; /* . and .. */
    REQUIRE(dir != NULL);
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static void test_what_is_written_is_read(void)
{
    struct mn_face_file *f;
    const mien_face *const *face;
    mien_frame frame;
    int calls = 0, asked = 0;
    REQUIRE(mn_face_file_open(&f, video) == 0);
    CHECK_INT(files_here(), 0); /* a run that is killed leaves nothing */
    for (int k = 0; k < FRAMES; k++)
        give(f, k);
    CHECK_INT(mn_face_file_revise(f, final_units, &calls), 0);
    for (int k = 0; k < FRAMES; k++)
        check_frame(f, k, &asked);
    CHECK_INT(calls, asked);
    CHECK(calls > FRAMES / 2);
    CHECK_INT(mn_face_file_next(f, &frame, &face), MIEN_EEOF);
    mn_face_file_close(&f);
    CHECK(f == NULL);
    mn_face_file_close(&f);
}

static void test_no_folder(void)
{
    struct mn_face_file *f;
    CHECK_INT(mn_face_file_open(&f, "/nowhere/at/all.mp4"), MIEN_EOUTPUT);
    mn_face_file_close(&f);
}

int main(void)
{
    REQUIRE(mkdtemp(folder) != NULL);
    snprintf(video, sizeof(video), "%s/a.mp4", folder);
    test_what_is_written_is_read();
    test_no_folder();
    rmdir(folder);
    return check_done();
}
