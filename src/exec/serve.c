/* The worker process runs the same any-order stages as a worker thread, on slots of the region. */
#include "exec/serve.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/mem.h"
#include "base/testing.h"
#include "exec/processes.h"
#include "exec/wire.h"

struct server {
    struct mn_region *region;
    uint32_t number; /* of this worker */
    struct mn_legs legs;
    const struct mn_context *ctx;
    void *state[MN_MAX_LEGS];
    struct mn_wire_worker *own;
    char payload[MN_WIRE_PAYLOAD + 1];
};

static void send_log(void *ctx, enum mien_log_level level, const char *text)
{
    struct mn_wire_message m = {.kind = MN_WIRE_LOG, .leg = level, .size = (uint32_t)strlen(text)};
    (void)ctx;
    mn_wire_send(MN_CHILD_SOCKET, m, text);
}

/* For tests: dies at one frame, or never ends with another. */
static void misbehave(const struct mn_frame *f)
{
    const struct mn_testing *t = mn_testing();
    if (t->poison && f->pub.index + 1 == t->poison)
        raise(SIGKILL);
    if (t->hang && f->pub.index + 1 == t->hang)
        for (;;)
            pause();
}

/* Legs *leg to last, until one fails; *leg is then the last one that ran. */
static int run_legs(struct server *s, struct mn_frame *f, int *leg, int last)
{
    for (;; ++*leg) {
        const struct mn_stage *stage = s->legs.stage[*leg];
        int err = 0;
        if (!stage->wants || stage->wants(f)) {
            const int own = s->legs.state_of[*leg];
            err = stage->run(s->state[own], f, &s->own->spans[own]);
            f->ran |= 1u << *leg;
        }
        if (err < 0 || *leg == last)
            return err;
    }
}

static int run(struct server *s, uint32_t i)
{
    struct mn_frame f;
    int leg, last;
    int err = mn_wire_read(s->region, i, s->number, s->legs.num, &f, &leg, &last);
    if (err < 0)
        return err;
    if (mn_legs_last(&s->legs, leg) < last || s->legs.stage[leg]->order != MN_ANY_ORDER)
        return MIEN_EWORKER;
    misbehave(&f);
    err = run_legs(s, &f, &leg, last);
    f.pub.error = err < 0 ? err : 0;
    mn_wire_write(s->region, &f, leg);
    struct mn_wire_message m = {.kind = MN_WIRE_DONE, .slot = i, .error = f.pub.error};
    return mn_wire_send(MN_CHILD_SOCKET, m, NULL) < 0 ? MIEN_EWORKER : 0;
}

static int measure(struct server *s, double seconds)
{
    memset(s->own->total, 0, sizeof(s->own->total));
    struct mn_wire_message m = {.kind = MN_WIRE_MEASURED};
    m.error = mn_legs_measure(&s->legs, s->state, seconds, s->own->total, &s->own->runs);
    return mn_wire_send(MN_CHILD_SOCKET, m, NULL) < 0 ? MIEN_EWORKER : 0;
}

/* The first message, and the region that came with the socket. */
static int meet_parent(struct server *s, mien_settings *settings)
{
    struct mn_wire_message m;
    struct mn_region_plan plan = mn_processes_plan(0, 0);
    struct mn_wire_settings *w = (struct mn_wire_settings *)(void *)s->payload;
    if (mn_wire_recv(MN_CHILD_SOCKET, &m, s->payload, 1, -1) != 0 || m.kind != MN_WIRE_SETTINGS)
        return MIEN_EWORKER;
    int err = mn_wire_unpack_settings(settings, w, m.size);
    if (err == 0)
        err = mn_region_attach(&s->region, MN_CHILD_EXTRA, MN_CHILD_EXTRA + 1, &plan);
    if (err == 0 && w->worker >= s->region->head.num_workers)
        err = MIEN_EWORKER;
    if (err < 0)
        return err;
    s->number = w->worker;
    s->own = mn_region_worker(s->region, s->number);
    settings->log = send_log;
    return 0;
}

static int report_ready(const struct server *s, const char *provider)
{
    char names[MN_LEGS_TEXT], text[MN_WIRE_PROVIDERS + MN_LEGS_TEXT];
    mn_legs_names(&s->legs, names, sizeof(names));
    snprintf(text, sizeof(text), "%s\n%s", provider, names);
    struct mn_wire_message m = {.kind = MN_WIRE_READY, .size = (uint32_t)strlen(text)};
    return mn_wire_send(MN_CHILD_SOCKET, m, text) < 0 ? MIEN_EWORKER : 0;
}

/* Settings, region, models, stages. */
static int begin(struct server *s, mn_serve_open_fn *open, void *ctx)
{
    mien_settings settings;
    const char *provider = NULL;
    int err = meet_parent(s, &settings);
    if (err == 0)
        err = open(ctx, &settings, &s->ctx, &provider);
    if (err == 0)
        err = mn_legs_init(&s->legs, mn_stages, s->ctx);
    if (err == 0)
        err = mn_legs_open(&s->legs, s->ctx, s->state);
    return err < 0 ? err : report_ready(s, provider);
}

int mn_serve_run(mn_serve_open_fn *open, void *ctx)
{
    struct server *s = mn_alloc(1, sizeof(*s));
    struct mn_wire_message m;
    int err = s ? begin(s, open, ctx) : MIEN_ENOMEM;
    if (err < 0) {
        m = (struct mn_wire_message){.kind = MN_WIRE_FAILED, .error = err};
        mn_wire_send(MN_CHILD_SOCKET, m, NULL);
    }
    while (err == 0) {
        if (mn_wire_recv(MN_CHILD_SOCKET, &m, s->payload, s->region->head.num_slots, -1) != 0)
            break; /* the parent has gone, or asks this process to go */
        if (m.kind == MN_WIRE_RUN)
            err = run(s, m.slot);
        else if (m.kind == MN_WIRE_MEASURE)
            err = measure(s, m.seconds);
        else
            err = MIEN_EWORKER;
    }
    if (s) {
        mn_legs_close(&s->legs, s->state);
        mn_region_unref(&s->region);
    }
    free(s);
    return err;
}
