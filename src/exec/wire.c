#include "exec/wire.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/child.h"
#include "exec/legs.h"
#include "image/picture.h"
#include "stage/work.h"

static_assert(sizeof(struct mn_wire_message) == 32, "wire layout");
static_assert(sizeof(struct mn_wire_slot) == 120, "wire layout");
static_assert(sizeof(struct mn_wire_settings) <= MN_WIRE_PAYLOAD, "settings fit a message");
static_assert(MN_WIRE_PROVIDERS + MN_LEGS_TEXT <= MN_WIRE_PAYLOAD, "READY fits a message");

/* ------------------------------------------------------------------------------ messages ---- */

bool mn_wire_message_ok(const struct mn_wire_message *m, uint32_t slots)
{
    return m->magic == MN_WIRE_MAGIC && m->kind >= 1 && m->kind < MN_WIRE_KINDS &&
           m->size <= MN_WIRE_PAYLOAD && m->slot < slots && m->leg < 64 && m->error <= 0 &&
           m->error > -1000 && m->seconds >= 0 && m->seconds < 1e6;
}

int mn_wire_send(int fd, struct mn_wire_message m, const void *payload)
{
    char all[sizeof(m) + MN_WIRE_PAYLOAD];
    if (m.size > MN_WIRE_PAYLOAD)
        return -1;
    m.magic = MN_WIRE_MAGIC;
    memcpy(all, &m, sizeof(m));
    if (m.size)
        memcpy(all + sizeof(m), payload, m.size);
    return mn_child_send(fd, all, sizeof(m) + m.size);
}

int mn_wire_recv(int fd, struct mn_wire_message *m, void *payload, uint32_t slots, int wait_ms)
{
    int got = mn_child_recv(fd, m, sizeof(*m), wait_ms);
    if (got != 0)
        return got;
    if (!mn_wire_message_ok(m, slots))
        return -1;
    ((char *)payload)[m->size] = 0;
    return m->size && mn_child_recv(fd, payload, m->size, wait_ms < 0 ? -1 : 5000) ? -1 : 0;
}

/* ------------------------------------------------------------------------------ settings ---- */

int mn_wire_pack_settings(struct mn_wire_settings *out, const mien_settings *s, uint32_t worker)
{
    const mien_setting *m;
    size_t used = 0;
    memset(out, 0, sizeof(*out));
    out->worker = worker;
    for (int i = 0; (m = mien_setting_at(i)); i++) {
        char *line = out->text + used;
        const size_t room = sizeof(out->text) - used, name = strlen(m->name) + 1;
        if (name >= room)
            return MIEN_EINVAL;
        memcpy(line, m->name, name - 1);
        line[name - 1] = '=';
        if (mien_settings_get(s, m->name, line + name, room - name) < 0)
            return MIEN_EINVAL;
        if (line[name]) /* empty: the default */
            used += name + strlen(line + name) + 1;
    }
    memset(out->text + used, 0, sizeof(out->text) - used);
    out->size = (uint32_t)used;
    return 0;
}

int mn_wire_unpack_settings(mien_settings *out, struct mn_wire_settings *w, size_t size)
{
    mien_settings_init(out);
    if (size != sizeof(*w) || w->size > sizeof(w->text) || (w->size && w->text[w->size - 1]))
        return MIEN_EWORKER;
    for (char *line = w->text; line < w->text + w->size; line += strlen(line) + 1) {
        char *sign = strchr(line, '=');
        if (!sign)
            return MIEN_EWORKER;
        *sign = 0;
        const int err = mien_settings_set(out, line, sign + 1);
        *sign = '=';
        if (err < 0)
            return MIEN_EWORKER;
    }
    return 0;
}

/* ------------------------------------------------------------------------------- records ---- */

void mn_wire_fill(const struct mn_region *r, const struct mn_frame *f, uint32_t worker, int first,
                  int last)
{
    struct mn_wire_slot *s = mn_region_slot(r, (uint32_t)f->slot);
    const mien_picture *p = &f->pub.picture;
    s->worker = worker;
    s->seq = f->seq;
    s->index = f->pub.index;
    s->time = f->pub.time;
    for (int i = 0; i < 3; i++) {
        int row, rows;
        mn_picture_plane(p, i, &row, &rows);
        s->plane[i] = rows ? (uint64_t)(p->plane[i] - r->pixels.base) : 0;
        s->stride[i] = rows ? (uint32_t)p->stride[i] : 0;
    }
    s->format = p->format;
    s->matrix = p->matrix;
    s->full_range = p->full_range != 0;
    s->width = (uint32_t)p->width;
    s->height = (uint32_t)p->height;
    s->first_leg = (uint32_t)first;
    s->last_leg = (uint32_t)last;
    s->box_source = (uint32_t)f->box_source;
    s->bank = f->faces != mn_region_frame(r, (uint32_t)f->slot).faces[0];
    s->num_detections = (uint32_t)f->num_detections;
    s->num_faces = (uint32_t)f->num_faces;
    s->error = 0;
    atomic_store_explicit(&s->state, MN_SLOT_FILLED, memory_order_release);
}

/* What may be in a record, whichever side wrote it. */
static bool sane(const struct mn_region *r, const struct mn_wire_slot *s, uint32_t worker)
{
    return s->worker == worker && s->bank <= 1 && s->box_source <= MIEN_BOX_CARRIED &&
           s->num_detections <= r->head.max_faces && s->num_faces <= r->head.max_faces &&
           s->error <= 0 && s->error > -1000;
}

static bool picture_of(const struct mn_region *r, const struct mn_wire_slot *s, mien_picture *p)
{
    memset(p, 0, sizeof(*p));
    if (s->width > MIEN_MAX_SIDE || s->height > MIEN_MAX_SIDE || s->format > MIEN_GRAY8 ||
        s->matrix > MIEN_BT2020 || s->full_range > 1)
        return false;
    p->format = (enum mien_format)s->format;
    p->matrix = (enum mien_matrix)s->matrix;
    p->full_range = (int)s->full_range;
    p->width = (int)s->width;
    p->height = (int)s->height;
    for (int i = 0; i < 3; i++) {
        int row, rows;
        mn_picture_plane(p, i, &row, &rows);
        if (!rows)
            continue;
        uint64_t n = s->stride[i] * (uint64_t)(rows - 1) + (uint64_t)row;
        if (s->stride[i] > 1u << 20 || s->plane[i] > r->head.pixels ||
            n > r->head.pixels - s->plane[i])
            return false;
        p->plane[i] = r->pixels.base + s->plane[i];
        p->stride[i] = (int)s->stride[i];
    }
    return mn_picture_check(p) == 0;
}

int mn_wire_read(const struct mn_region *r, uint32_t i, uint32_t worker, int num_legs,
                 struct mn_frame *f, int *first, int *last)
{
    struct mn_wire_slot *shared = mn_region_slot(r, i), s;
    if (atomic_load_explicit(&shared->state, memory_order_acquire) != MN_SLOT_FILLED)
        return MIEN_EWORKER;
    memcpy(&s, shared, sizeof(s)); /* read once: it must not change after the check */
    memset(f, 0, sizeof(*f));
    if (!sane(r, &s, worker) || !picture_of(r, &s, &f->pub.picture) || s.first_leg > s.last_leg ||
        s.last_leg >= (uint32_t)num_legs)
        return MIEN_EWORKER;
    struct mn_region_frame place = mn_region_frame(r, i);
    f->slot = (int)i;
    f->seq = s.seq;
    f->pub.index = s.index;
    f->pub.time = s.time;
    f->box_source = (int)s.box_source;
    f->detections = place.detections;
    f->num_detections = (int)s.num_detections;
    f->faces = place.faces[1 - s.bank];
    f->num_faces = (int)s.num_faces;
    f->work = place.work[1 - s.bank];
    memcpy(f->work, place.work[s.bank], mn_work_size(f->num_faces));
    memcpy(f->faces, place.faces[s.bank], (size_t)f->num_faces * sizeof(*f->faces));
    if (!mn_work_valid(f->work, f->num_faces))
        return MIEN_EWORKER;
    *first = (int)s.first_leg;
    *last = (int)s.last_leg;
    atomic_store_explicit(&shared->state, MN_SLOT_RUNNING, memory_order_release);
    return 0;
}

void mn_wire_write(const struct mn_region *r, const struct mn_frame *f, int last)
{
    struct mn_wire_slot *s = mn_region_slot(r, (uint32_t)f->slot);
    s->last_leg = (uint32_t)last;
    s->box_source = (uint32_t)f->box_source;
    s->num_detections = (uint32_t)f->num_detections;
    s->num_faces = (uint32_t)f->num_faces;
    s->ran = f->ran;
    s->error = f->pub.error;
    atomic_store_explicit(&s->state, MN_SLOT_DONE, memory_order_release);
}

int mn_wire_adopt(const struct mn_region *r, struct mn_frame *f, uint32_t worker)
{
    struct mn_wire_slot *shared = mn_region_slot(r, (uint32_t)f->slot), s;
    if (atomic_load_explicit(&shared->state, memory_order_acquire) != MN_SLOT_DONE)
        return MIEN_EWORKER;
    memcpy(&s, shared, sizeof(s));
    const uint32_t bank = f->faces != mn_region_frame(r, (uint32_t)f->slot).faces[0];
    /* stages that run in workers measure faces; they neither add nor remove any */
    if (!sane(r, &s, worker) || s.seq != f->seq || s.bank != bank ||
        s.num_faces != (uint32_t)f->num_faces || !mn_work_valid(f->other_work, f->num_faces))
        return MIEN_EWORKER;
    f->box_source = (int)s.box_source;
    f->num_detections = (int)s.num_detections;
    f->ran = s.ran;
    f->pub.error = s.error;
    mien_face *was = f->faces;
    f->faces = f->other_faces;
    f->other_faces = was;
    struct mn_work *work = f->work;
    f->work = f->other_work;
    f->other_work = work;
    atomic_store_explicit(&shared->state, MN_SLOT_FREE, memory_order_release);
    return 0;
}
