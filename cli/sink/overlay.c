#include "sink/overlay.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "sink/font.h"

#define DEGREES "\xc2\xb0" /* the sign, in UTF-8 */

static const struct mn_colour green = {150, 70, 50}, pale_green = {136, 104, 98},
                              red = {104, 98, 222}, amber = {196, 40, 150};

/* --------------------------------------------------------------------------------- labels ---- */

/* What the labels of a picture should not cover. */
struct labels {
    const struct mn_layout *layout;
    int scale; /* pixels of a line, and of a pixel of the font */
    int num, num_boxes;
    struct mn_rect taken[2 * MIEN_FACES_LIMIT + 2]; /* by other labels */
    struct mn_rect box[MIEN_FACES_LIMIT]; /* of faces; all zero for one that is not drawn */
};

static struct mn_rect plate_size(const struct labels *l, const char *s)
{
    int w = mn_font_width(s, l->scale) + 4 * l->scale;
    return (struct mn_rect){0, 0, w, (MN_FONT_CAP + 4) * l->scale};
}

/* Moves a plate to x, y, or to the nearest place inside the picture; false if it is too large. */
static bool place(const struct mn_canvas *c, struct mn_rect *r, int x, int y)
{
    int w = r->x1 - r->x0, h = r->y1 - r->y0;
    if (w > c->width || h > c->height)
        return false;
    x = x < 0 ? 0 : x > c->width - w ? c->width - w : x;
    y = y < 0 ? 0 : y > c->height - h ? c->height - h : y;
    *r = (struct mn_rect){x, y, x + w, y + h};
    return true;
}

static bool meets(struct mn_rect r, const struct mn_rect *others, int num)
{
    for (int i = 0; i < num; i++) {
        const struct mn_rect *o = &others[i];
        if (r.x0 < o->x1 && o->x0 < r.x1 && r.y0 < o->y1 && o->y0 < r.y1)
            return true;
    }
    return false;
}

/* A face has two plates at most, its label and its bars; the frame has two as well. */
static void occupy(struct labels *l, struct mn_rect r)
{
    assert(l->num < (int)(sizeof(l->taken) / sizeof(l->taken[0])));
    l->taken[l->num++] = r;
}

static void plate(struct mn_canvas *c, struct labels *l, struct mn_rect r, const char *s)
{
    mn_canvas_fill(c, r, mn_canvas_dark, 160);
    mn_canvas_text(c, s, r.x0 + 2 * l->scale, r.y0 + 2 * l->scale, l->scale);
    occupy(l, r);
}

/* Above the box, or below it if there is no room; flush left or right. If no place is free the
 * label covers a face, next it shows the number alone, and last it covers another label. */
static void label(struct mn_canvas *c, struct labels *l, struct mn_rect box, const char *full,
                  const char *brief)
{
    for (int attempt = 0; attempt < 12; attempt++) {
        const char *s = attempt < 8 ? full : brief;
        bool upper = attempt % 2 == 0, left = attempt % 4 < 2, spare_faces = attempt < 4;
        struct mn_rect r = plate_size(l, s);
        int gap = 2 * l->scale, above = box.y0 - gap - r.y1, below = box.y1 + gap;
        bool room_below = below + r.y1 <= c->height;
        if (upper ? above < 0 && room_below : !room_below)
            continue;
        if (place(c, &r, left ? box.x0 : box.x1 - r.x1, upper ? above : below) &&
            !meets(r, l->taken, l->num) && !(spare_faces && meets(r, l->box, l->num_boxes))) {
            plate(c, l, r, s);
            return;
        }
    }
    struct mn_rect r = plate_size(l, brief);
    if (place(c, &r, box.x0, box.y0))
        plate(c, l, r, brief);
}

/* ---------------------------------------------------------------------------------- faces ---- */

/* Lines and text grow with the picture: on 4K a line of one pixel is invisible. The shorter side
 * decides, so that portrait and landscape pictures look the same. */
static int scale_for(const struct mn_canvas *c)
{
    int side = c->width < c->height ? c->width : c->height;
    int scale = (side + 539) / 540;
    return side > 480 && scale < 2 ? 2 : scale < 1 ? 1 : scale;
}

static float clamp(float v)
{
    return v < -1e5f ? -1e5f : v > 1e5f ? 1e5f : v;
}

/* The box as whole pixels; all zero if it is empty or a number to be drawn is not finite. */
static struct mn_rect box_of(const mien_face *f)
{
    float sum = f->yaw_smooth + f->pitch_smooth;
    for (int i = 0; i < 4; i++)
        sum += f->box[i];
    for (int i = 0; i < 5; i++)
        sum += f->point[i][0] + f->point[i][1];
    if (!isfinite(sum))
        return (struct mn_rect){0};
    struct mn_rect r = {(int)floorf(clamp(f->box[0])), (int)floorf(clamp(f->box[1])),
                        (int)ceilf(clamp(f->box[2])), (int)ceilf(clamp(f->box[3]))};
    return r.x0 < r.x1 && r.y0 < r.y1 ? r : (struct mn_rect){0};
}

/* One side of a box, from `from` to `to`; dash 0 is a solid line. */
static void side(struct mn_canvas *c, struct mn_rect r, bool upright, int dash,
                 struct mn_colour colour)
{
    int from = upright ? r.y0 : r.x0, to = upright ? r.y1 : r.x1;
    for (int at = from; at < to; at += dash ? 2 * dash : to - from) {
        int end = dash && at + dash < to ? at + dash : to;
        struct mn_rect part = r;
        if (upright) {
            part.y0 = at;
            part.y1 = end;
        } else {
            part.x0 = at;
            part.x1 = end;
        }
        mn_canvas_fill(c, part, colour, 255);
    }
}

/* Detected in this frame: solid green. Computed from other frames: paler and dashed. */
static void draw_box(struct mn_canvas *c, const mien_face *f, struct mn_rect b, int scale)
{
    bool found = f->box_source == MIEN_BOX_DETECTED;
    struct mn_colour colour = found ? green : pale_green;
    int t = scale, dash = found ? 0 : 4 * scale;
    side(c, (struct mn_rect){b.x0, b.y0, b.x1, b.y0 + t}, false, dash, colour);
    side(c, (struct mn_rect){b.x0, b.y1 - t, b.x1, b.y1}, false, dash, colour);
    side(c, (struct mn_rect){b.x0, b.y0, b.x0 + t, b.y1}, true, dash, colour);
    side(c, (struct mn_rect){b.x1 - t, b.y0, b.x1, b.y1}, true, dash, colour);

    int w = b.x1 - b.x0, h = b.y1 - b.y0, n = (int)(0.2f * (float)(w < h ? w : h));
    t = found ? 2 * t : t;
    if (n <= t)
        return;
    for (int i = 0; i < 4; i++) {
        int x0 = i & 1 ? b.x1 - n : b.x0, y0 = i & 2 ? b.y1 - n : b.y0;
        int tx = i & 1 ? b.x1 - t : b.x0, ty = i & 2 ? b.y1 - t : b.y0;
        mn_canvas_fill(c, (struct mn_rect){x0, ty, x0 + n, ty + t}, colour, 255);
        mn_canvas_fill(c, (struct mn_rect){tx, y0, tx + t, y0 + n}, colour, 255);
    }
}

/* Small discs; smaller ones on a small face, where they would touch. */
static void draw_landmarks(struct mn_canvas *c, const mien_face *f, int scale)
{
    const bool many = f->has & MIEN_LANDMARKS98;
    const float(*point)[2] = many ? f->landmark98 : f->landmark;
    float width = f->box[2] - f->box[0];
    float radius = fmaxf(0.5f, fminf(0.8f * (float)scale, width / (many ? 150 : 120)));
    for (int i = 0; i < (many ? MIEN_WFLW_LANDMARKS : MIEN_FACE_LANDMARKS); i++) {
        float x = point[i][0], y = point[i][1];
        if (!isfinite(x) || !isfinite(y))
            continue;
        /* the centre of the first pixel is (0, 0) for landmarks */
        struct mn_shape dot = {.x = clamp(x + 0.5f), .y = clamp(y + 0.5f), .disc = radius};
        mn_canvas_paint(c, &dot, amber, 0.3f * (float)scale);
    }
}

/* 468 dots of half a pixel to a pixel, below the landmarks. */
static void draw_mesh(struct mn_canvas *c, const mien_face *f, int scale)
{
    const float radius = fmaxf(0.3f, fminf(0.45f * (float)scale, (f->box[2] - f->box[0]) / 300));
    for (int i = 0; i < MIEN_MESH_POINTS; i++) {
        float x = f->mesh[i][0], y = f->mesh[i][1];
        if (!isfinite(x) || !isfinite(y))
            continue;
        struct mn_shape dot = {.x = clamp(x + 0.5f), .y = clamp(y + 0.5f), .disc = radius};
        mn_canvas_paint(c, &dot, mn_canvas_white, 0);
    }
}

static void draw_points(struct mn_canvas *c, const mien_face *f, int scale)
{
    if (f->has & MIEN_MESH)
        draw_mesh(c, f, scale);
    if (f->has & MIEN_LANDMARKS) {
        draw_landmarks(c, f, scale);
        return;
    }
    /* on a small face, five discs of full size would cover the eyes */
    float width = f->box[2] - f->box[0];
    float radius = fmaxf(0.8f, fminf(1.2f * (float)scale, width / 40));
    for (int i = 0; i < 5; i++) {
        struct mn_shape dot = {
            .x = clamp(f->point[i][0]), .y = clamp(f->point[i][1]), .disc = radius};
        mn_canvas_paint(c, &dot, amber, 0.5f * (float)scale);
    }
}

/* The gaze vector projected onto the picture. In the picture plane it is as long as the box is
 * wide; a gaze into the camera leaves only the disc. */
static void draw_arrow(struct mn_canvas *c, const mien_face *f, int scale)
{
    const float rad = 3.14159265f / 180;
    float yaw = f->yaw_smooth * rad, pitch = f->pitch_smooth * rad;
    float x1 = clamp(f->box[0]), y1 = clamp(f->box[1]);
    float x2 = clamp(f->box[2]), y2 = clamp(f->box[3]);
    float L = x2 - x1, dx = -L * sinf(yaw) * cosf(pitch), dy = -L * sinf(pitch);
    float length = sqrtf(dx * dx + dy * dy), k = (float)scale;
    struct mn_shape s = {
        .x = (x1 + x2) / 2, .y = (y1 + y2) / 2, .disc = 1.5f + 1.3f * k, .line = 0.6f + 0.5f * k};
    if (length >= 1) {
        s.ux = dx / length;
        s.uy = dy / length;
        s.length = length;
        s.head = fminf(length, fmaxf(4 * k, fminf(length / 4, 9 * k)));
        s.wing = 0.5f * s.head;
    }
    mn_canvas_paint(c, &s, red, 0.6f * k);
}

/* Beside the box, on the side with room, flush with its top or bottom; false if that would cover a
 * face or a label. */
static bool place_beside(const struct mn_canvas *c, const struct labels *l, struct mn_rect box,
                         struct mn_rect *r)
{
    const int gap = 3 * l->scale, w = r->x1, h = r->y1;
    for (int attempt = 0; attempt < 4; attempt++) {
        int x = attempt % 2 ? box.x0 - gap - w : box.x1 + gap;
        int y = attempt < 2 ? box.y0 : box.y1 - h;
        if (x < 0 || x + w > c->width)
            continue;
        *r = (struct mn_rect){0, 0, w, h};
        if (place(c, r, x, y) && !meets(*r, l->taken, l->num) && !meets(*r, l->box, l->num_boxes))
            return true;
    }
    return false;
}

static bool is_present(const mien_au *au, int unit)
{
    for (int i = 0; i < MIEN_AU_PRESENCES; i++)
        if (mien_au_presence_unit(i) == unit)
            return au->presence[i];
    return false;
}

static bool shows(const struct mn_layout *layout, int unit)
{
    return !(layout->claimed_only && mn_columns_experimental(layout, unit));
}

static int num_units(const struct mn_layout *layout)
{
    int n = 0;
    for (int i = 0; i < MIEN_AU_INTENSITIES; i++)
        n += shows(layout, mien_au_intensity_unit(i));
    return n;
}

/* A bar for each intensity, 0 to 5; amber if the presence model found the unit. Half the size of
 * other text, because there are seventeen bars. */
static void draw_units(struct mn_canvas *c, struct labels *l, struct mn_rect box, const mien_au *au)
{
    const int k = (l->scale + 1) / 2, row = (MN_FONT_CAP + 2) * k, most = 30 * k;
    const int name = mn_font_width("AU00*", k) + 2 * k;
    struct mn_rect r = {0, 0, name + most + 4 * k, num_units(l->layout) * row + 2 * k};
    if (num_units(l->layout) == 0 || !place_beside(c, l, box, &r))
        return;
    mn_canvas_fill(c, r, mn_canvas_dark, 160);
    occupy(l, r);
    for (int i = 0, y = r.y0 + 2 * k; i < MIEN_AU_INTENSITIES; i++) {
        char s[8];
        int unit = mien_au_intensity_unit(i), x = r.x0 + 2 * k + name;
        float v = au->intensity[i] > 0 ? fminf(au->intensity[i], 5) / 5 : 0; /* NaN counts as 0 */
        if (!shows(l->layout, unit))
            continue;
        snprintf(s, sizeof(s), "AU%02d%s", unit,
                 mn_columns_experimental(l->layout, unit) ? "*" : "");
        mn_canvas_text(c, s, r.x0 + 2 * k, y, k);
        mn_canvas_fill(c, (struct mn_rect){x, y, x + most, y + MN_FONT_CAP * k}, mn_canvas_white,
                       40);
        mn_canvas_fill(
            c, (struct mn_rect){x, y, x + (int)(v * (float)most + 0.5f), y + MN_FONT_CAP * k},
            is_present(au, unit) ? amber : green, 255);
        y += row;
    }
}

/* One decimal with a sign, and no minus in front of a zero. */
static double tenths(float v)
{
    double r = round(fmax(-9999, fmin(9999, (double)v)) * 10) / 10;
    return r == 0 ? 0.0 : r;
}

/* -------------------------------------------------------------------------------- picture ---- */

static bool is_drawn(const struct labels *l, int i)
{
    return l->box[i].x0 < l->box[i].x1;
}

static void draw_faces(struct mn_canvas *c, struct labels *l, const struct mn_result *r)
{
    for (int i = 0; i < l->num_boxes; i++) {
        l->box[i] = box_of(r->face[i]);
        if (!is_drawn(l, i))
            continue;
        draw_box(c, r->face[i], l->box[i], l->scale);
        draw_points(c, r->face[i], l->scale);
    }
    for (int i = 0; i < l->num_boxes; i++)
        if ((r->face[i]->has & MIEN_GAZE) && is_drawn(l, i))
            draw_arrow(c, r->face[i], l->scale);
}

/* The final values need the whole video. */
static bool are_estimates(const struct mn_result *r)
{
    for (int i = 0; i < r->num_faces; i++)
        if ((r->face[i]->has & MIEN_AU) && !r->face[i]->au.final)
            return true;
    return false;
}

static void draw_status(struct mn_canvas *c, struct labels *l, const struct mn_result *r,
                        const char *status)
{
    char text[120];
    const mien_frame *f = r->frame;
    snprintf(text, sizeof(text), "frame %lld  %.3f s%s%s", (long long)f->index + 1, f->time,
             f->error ? "  not analysed" : "", are_estimates(r) ? "  AU: running estimates" : "");
    struct mn_rect at = plate_size(l, text);
    if (place(c, &at, 2 * l->scale, 2 * l->scale))
        plate(c, l, at, text);
    if (!status || !*status)
        return;
    at = plate_size(l, status);
    if (place(c, &at, 2 * l->scale, (MN_FONT_CAP + 7) * l->scale))
        plate(c, l, at, status);
}

static void draw_label(struct mn_canvas *c, struct labels *l, struct mn_rect box,
                       const mien_face *face)
{
    char full[100], brief[20];
    snprintf(brief, sizeof(brief), "#%d", (int)face->id);
    snprintf(full, sizeof(full), "%s", brief);
    if (face->has & MIEN_GAZE)
        snprintf(full, sizeof(full), "%s  yaw %+.1f" DEGREES "  pitch %+.1f" DEGREES, brief,
                 tenths(face->yaw_smooth), tenths(face->pitch_smooth));
    label(c, l, box, full, brief);
}

/* Text comes last, so that no line crosses it; labels of faces before bars, which need more room.
 */
void mn_overlay_draw(struct mn_canvas *c, const struct mn_result *r, const struct mn_layout *layout,
                     const char *status)
{
    struct labels l;
    l.layout = layout;
    l.scale = scale_for(c);
    l.num = 0;
    l.num_boxes = r->num_faces < MIEN_FACES_LIMIT ? r->num_faces : MIEN_FACES_LIMIT;
    draw_faces(c, &l, r);
    draw_status(c, &l, r, status);
    for (int i = 0; i < l.num_boxes; i++)
        if (is_drawn(&l, i))
            draw_label(c, &l, l.box[i], r->face[i]);
    for (int i = 0; i < l.num_boxes; i++)
        if ((r->face[i]->has & MIEN_AU) && is_drawn(&l, i))
            draw_units(c, &l, l.box[i], &r->face[i]->au);
}
