/* Shared memory for worker processes: which memory may be attached, which buffers are lent, what a
 * slot carries.
 */
#if defined(__linux__)
#define _GNU_SOURCE /* memfd_create */
#endif
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "check.h"
#include "exec/processes.h"
#include "exec/wire.h"
#include "stage/work.h"

enum { SLOTS = 3, WORKERS = 2 };

static struct mn_region *fresh(void)
{
    struct mn_region_plan plan = mn_processes_plan(SLOTS, WORKERS);
    struct mn_region *r;
    REQUIRE(mn_region_create(&r, &plan) == 0);
    return r;
}

static int dup_of(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static int attach(int records, int pixels, const struct mn_region_plan *plan)
{
    struct mn_region *r;
    int err = mn_region_attach(&r, dup_of(records), dup_of(pixels), plan);
    CHECK_INT(r != NULL, err == 0);
    mn_region_unref(&r);
    return err;
}

static void who_may_attach(void)
{
    struct mn_region_plan plan = mn_processes_plan(0, 0), other = plan;
    struct mn_region *r = fresh();
    CHECK_INT(attach(r->shared.fd, r->pixels.fd, &plan), 0);
    other.work_size += 8; /* another build */
    CHECK_INT(attach(r->shared.fd, r->pixels.fd, &other), MIEN_EWORKER);
    struct mn_region_header *h = (struct mn_region_header *)(void *)r->shared.base;
    h->version++;
    CHECK_INT(attach(r->shared.fd, r->pixels.fd, &plan), MIEN_EWORKER);
    h->version--;
    h->pixels += 65536;
    CHECK_INT(attach(r->shared.fd, r->pixels.fd, &plan), MIEN_EWORKER);
    h->pixels -= 65536;
    CHECK_INT(attach(r->shared.fd, r->pixels.fd, &plan), 0);
#if defined(__linux__)
    CHECK(ftruncate(r->shared.fd, 4096) < 0); /* sealed */
    CHECK(ftruncate(r->shared.fd, (off_t)r->head.total + 4096) < 0);
    CHECK(ftruncate(r->pixels.fd, 4096) < 0);
    CHECK_INT(attach(r->shared.fd, r->shared.fd, &plan), MIEN_EWORKER); /* not its pixels */
    int fd = memfd_create("loose", MFD_CLOEXEC); /* could shrink while mapped */
    REQUIRE(fd >= 0 && ftruncate(fd, 1 << 20) == 0);
    CHECK_INT(attach(fd, r->pixels.fd, &plan), MIEN_EWORKER);
    CHECK_INT(attach(r->shared.fd, fd, &plan), MIEN_EWORKER);
    close(fd);
#endif
    mn_region_unref(&r);
}

static void buffers(void)
{
    struct mn_region *r = fresh();
    struct mn_buffer *b[4 * SLOTS + 100];
    int n = 0, most = (int)(r->head.num_buffers - r->head.num_slots);
    while ((b[n] = mn_region_buffer_get(r, 1000, true)))
        n++;
    CHECK_INT(n, most); /* one for each frame stays */
    for (int i = 0; i < SLOTS; i++)
        CHECK((b[n + i] = mn_region_buffer_get(r, 1000, false)) != NULL);
    CHECK(mn_region_buffer_get(r, 1000, false) == NULL);
    for (int i = 0; i < n + SLOTS; i++) {
        CHECK_INT((uintptr_t)b[i]->pub.data % MN_ALIGN, 0);
        CHECK(mn_region_holds(r, b[i]->pub.data, b[i]->pub.size));
        CHECK(b[i]->pub.data == r->pixels.base + b[i]->pub.offset);
        for (int k = 0; k < i; k++)
            CHECK(b[k] != b[i]);
    }
    struct mn_buffer *last = b[0];
    for (int i = 1; i < n + SLOTS; i++)
        mn_region_buffer_put(b[i]);
    CHECK(mn_region_buffer_get(r, (size_t)1 << 40, true) == NULL);
    mn_region_unref(&r); /* the last buffer keeps it */
    memset(last->pub.data, 1, last->pub.size > 4096 ? 4096 : last->pub.size);
    mn_region_buffer_put(last);
}

static int given_up;

static void give_up(void *ctx)
{
    (void)ctx;
    given_up++;
}

/* Another process maps a buffer by its descriptor; a worker sees what it wrote, and cannot
 * write itself. */
static void somebody_else_paints(void)
{
    struct mn_region_plan plan = mn_processes_plan(0, 0);
    struct mn_region *r = fresh(), *worker;
    struct mn_buffer *b = mn_region_buffer_get(r, 100, true);
    REQUIRE(b && mn_region_attach(&worker, dup_of(r->shared.fd), dup_of(r->pixels.fd), &plan) == 0);
    uint8_t *p =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, b->pub.fd, (off_t)b->pub.offset);
    REQUIRE(p != MAP_FAILED);
    p[17] = 99;
    munmap(p, 4096);
    CHECK_INT(b->pub.data[17], 99);
    const uint8_t *seen = worker->pixels.base + b->pub.offset;
    CHECK_INT(seen[17], 99);
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL);
        *(volatile uint8_t *)(uintptr_t)seen = 1;
        _exit(0);
    }
    int how = 0;
    REQUIRE(pid > 0 && waitpid(pid, &how, 0) == pid);
    CHECK(!(WIFEXITED(how) && WEXITSTATUS(how) == 0));
    CHECK_INT(seen[0], 0);
    mn_region_buffer_put(b);
    mn_region_unref(&worker);
    mn_region_unref(&r);
}

/* There and back: a picture in other memory is copied, faces change banks only when the worker is
 * done.
 */
static void a_frame_travels(void)
{
    static uint8_t luma[50][80], chroma[25][40];
    for (int y = 0; y < 50; y++)
        memset(luma[y], y, 78);
    struct mn_region *r = fresh();
    struct mn_pool pool;
    REQUIRE(mn_pool_init(&pool, SLOTS, MIEN_FACES_LIMIT, mn_work_size(MIEN_FACES_LIMIT)) == 0);
    mn_region_share_pool(r, &pool);
    struct mn_frame *f = mn_pool_get(&pool), seen;
    mien_picture p = {MIEN_I420,   MIEN_BT709, 1, 78, 50, {luma[0], chroma[0], chroma[0]},
                      {80, 40, 40}};
    REQUIRE(mien_frame_wrap(&f->pub, &p, 41, 1.5, give_up, NULL) == 0);
    REQUIRE(mn_region_take_in(r, f) == 0);
    CHECK_INT(given_up, 1);
    CHECK_INT(r->copies, 1);
    REQUIRE(mn_region_take_in(r, f) == 0); /* it is there already */
    CHECK_INT(r->copies, 1);

    int first, last;
    f->seq = 7;
    mn_work_reset(f);
    mn_work_add_face(f)->id = 5;
    f->work->landmarks = MN_LANDMARKS_FOUND;
    f->work->face[0].has_fit = 1;
    f->work->face[0].fit.face.scale = 2;
    mien_face *before = f->faces;
    struct mn_work *work = f->work;
    mn_wire_fill(r, f, 1, 2, 3);
    CHECK_INT(mn_wire_read(r, (uint32_t)f->slot, 0, 5, &seen, &first, &last),
              MIEN_EWORKER); /* another worker */
    CHECK_INT(mn_wire_read(r, (uint32_t)f->slot, 1, 3, &seen, &first, &last),
              MIEN_EWORKER); /* no such leg */
    REQUIRE(mn_wire_read(r, (uint32_t)f->slot, 1, 5, &seen, &first, &last) == 0);
    CHECK_INT(first, 2);
    CHECK_INT(last, 3);
    CHECK_INT(seen.pub.index, 41);
    CHECK_INT(seen.pub.picture.plane[0][49 * seen.pub.picture.stride[0] + 77], 49);
    CHECK_INT(seen.faces[0].id, 5);
    CHECK_INT(seen.work->landmarks, MN_LANDMARKS_FOUND);
    CHECK(seen.work != work && seen.work->face[0].has_fit == 1 &&
          seen.work->face[0].fit.face.scale == 2);
    seen.faces[0].yaw = 3;
    seen.work->landmarks = MN_LANDMARKS_REFINED;
    seen.work->face[0].fit.face.scale = 4;
    CHECK_INT(mn_wire_adopt(r, f, 1), MIEN_EWORKER); /* not done */
    CHECK(f->faces == before && f->faces[0].yaw == 0);
    CHECK(f->work == work && work->face[0].fit.face.scale == 2);
    mn_wire_write(r, &seen, 3);
    seen.work->landmarks = MN_LANDMARKS_REFINED + 1; /* damaged records */
    CHECK_INT(mn_wire_adopt(r, f, 1), MIEN_EWORKER);
    seen.work->landmarks = MN_LANDMARKS_REFINED;
    seen.work->face[0].has_fit = 7;
    CHECK_INT(mn_wire_adopt(r, f, 1), MIEN_EWORKER);
    CHECK(f->work == work && f->faces == before);
    seen.work->face[0].has_fit = 1;
    REQUIRE(mn_wire_adopt(r, f, 1) == 0);
    CHECK(f->faces != before && f->faces[0].yaw == 3 && before[0].yaw == 0);
    CHECK(f->work != work && f->work->face[0].fit.face.scale == 4);
    CHECK_INT(f->work->landmarks, MN_LANDMARKS_REFINED);
    CHECK_INT(work->landmarks, MN_LANDMARKS_FOUND);
    CHECK_INT(mn_wire_adopt(r, f, 1), MIEN_EWORKER); /* once only */
    mn_pool_put(&pool, f);
    mn_pool_finish(&pool);
    mn_region_unref(&r);
}

static void settings(void)
{
    struct mn_wire_settings *w = mn_alloc(1, sizeof(*w));
    mien_settings s, back;
    char *longest = mn_alloc(1, sizeof(w->text) + 1);
    REQUIRE(w && longest);
    mien_settings_init(&s);
    s.models = "some/folder";
    s.provider = "cpu";
    s.detect_every = 5;
    REQUIRE(mn_wire_pack_settings(w, &s, 1) == 0);
    REQUIRE(mn_wire_unpack_settings(&back, w, sizeof(*w)) == 0);
    CHECK_STR(back.models, "some/folder");
    CHECK_STR(back.provider, "cpu");
    CHECK(back.detector == NULL && back.log == NULL);
    CHECK_INT(back.detect_every, 5);
    CHECK_INT(mn_wire_unpack_settings(&back, w, sizeof(*w) - 1), MIEN_EWORKER);
    w->size = sizeof(w->text) + 1;
    CHECK_INT(mn_wire_unpack_settings(&back, w, sizeof(*w)), MIEN_EWORKER);
    REQUIRE(mn_wire_pack_settings(w, &s, 1) == 0);
    w->text[w->size - 1] = 'x'; /* without an end */
    CHECK_INT(mn_wire_unpack_settings(&back, w, sizeof(*w)), MIEN_EWORKER);
    REQUIRE(mn_wire_pack_settings(w, &s, 1) == 0);
    w->text[0] = 'x'; /* no such setting */
    CHECK_INT(mn_wire_unpack_settings(&back, w, sizeof(*w)), MIEN_EWORKER);
    memset(longest, 'x', sizeof(w->text));
    s.models = longest;
    CHECK_INT(mn_wire_pack_settings(w, &s, 1), MIEN_EINVAL);
    free(longest);
    free(w);
}

int main(void)
{
    who_may_attach();
    buffers();
    somebody_else_paints();
    a_frame_travels();
    settings();
    return check_done();
}
