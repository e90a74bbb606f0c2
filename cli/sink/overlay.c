#include "sink/overlay.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sink/font.h"

#define DEGREES "\xc2\xb0" /* the sign, in UTF-8 */

/* Colours are BT.601, limited range, whatever the picture is: in a BT.709 or full-range one they
 * come out a shade different, which does not matter for lines.
 *
 * Chroma has half the resolution. A 2 x 2 block takes as much of the colour as its most covered
 * pixel, not as the four do on average: a thin line would else lose its colour. */
struct colour {
    uint8_t y, u, v;
};

static const struct colour green = {150, 70, 50}, pale_green = {136, 104, 98}, red = {104, 98, 222},
                           amber = {196, 40, 150}, white = {235, 128, 128}, dark = {20, 128, 128};

/* ---------------------------------------------------------------------------------- copy ---- */

static void copy_plane(uint8_t *dst, int dst_stride, const uint8_t *src, int src_stride, int width,
                       int height)
{
    for (int y = 0; y < height; y++)
        memcpy(dst + (ptrdiff_t)y * dst_stride, src + (ptrdiff_t)y * src_stride, (size_t)width);
}

/* BT.601, limited range, 16 fractional bits: the three sums of coefficients are 219 / 255, 0, 0. */
static uint8_t luma(const uint8_t *bgr)
{
    return (uint8_t)((6416 * bgr[0] + 33039 * bgr[1] + 16829 * bgr[2] + (16 << 16) + 32768) >> 16);
}

static void copy_bgr(struct mn_canvas *c, const mien_picture *p)
{
    for (int y = 0; y < c->height; y += 2) {
        const uint8_t *s0 = p->plane[0] + (ptrdiff_t)y * p->stride[0], *s1 = s0 + p->stride[0];
        uint8_t *y0 = c->plane[0] + (ptrdiff_t)y * c->stride[0], *y1 = y0 + c->stride[0];
        uint8_t *u = c->plane[1] + (ptrdiff_t)(y / 2) * c->stride[1];
        uint8_t *v = c->plane[2] + (ptrdiff_t)(y / 2) * c->stride[2];
        for (int x = 0; x < c->width; x += 2, s0 += 6, s1 += 6) {
            y0[x] = luma(s0);
            y0[x + 1] = luma(s0 + 3);
            y1[x] = luma(s1);
            y1[x + 1] = luma(s1 + 3);
            /* sums of four, so two more fractional bits */
            int b = s0[0] + s0[3] + s1[0] + s1[3];
            int g = s0[1] + s0[4] + s1[1] + s1[4];
            int r = s0[2] + s0[5] + s1[2] + s1[5];
            const int zero = (128 << 18) + (1 << 17);
            u[x / 2] = (uint8_t)((28784 * b - 19070 * g - 9714 * r + zero) >> 18);
            v[x / 2] = (uint8_t)((-4681 * b - 24103 * g + 28784 * r + zero) >> 18);
        }
    }
}

static void copy_gray(struct mn_canvas *c, const mien_picture *p)
{
    for (int y = 0; y < c->height; y++) {
        const uint8_t *s = p->plane[0] + (ptrdiff_t)y * p->stride[0];
        uint8_t *d = c->plane[0] + (ptrdiff_t)y * c->stride[0];
        for (int x = 0; x < c->width; x++)
            d[x] = (uint8_t)((56284 * s[x] + (16 << 16) + 32768) >> 16);
    }
    for (int i = 1; i < 3; i++)
        for (int y = 0; y < c->height / 2; y++)
            memset(c->plane[i] + (ptrdiff_t)y * c->stride[i], 128, (size_t)c->width / 2);
}

void mn_overlay_copy(struct mn_canvas *c, const mien_picture *p)
{
    switch (p->format) {
    case MIEN_I420:
        for (int i = 0; i < 3; i++)
            copy_plane(c->plane[i], c->stride[i], p->plane[i], p->stride[i], c->width >> (i > 0),
                       c->height >> (i > 0));
        break;
    case MIEN_BGR24:
        copy_bgr(c, p);
        break;
    case MIEN_GRAY8:
        copy_gray(c, p);
        break;
    }
}

/* ---------------------------------------------------------------------------- rectangles ---- */

/* Half open: x0 and y0 belong to it, x1 and y1 do not. */
struct rect {
    int x0, y0, x1, y1;
};

static uint8_t mix(int from, int to, int alpha)
{
    return (uint8_t)((from * (255 - alpha) + to * alpha + 127) / 255);
}

static struct rect clip(struct rect r, int width, int height)
{
    r.x0 = r.x0 < 0 ? 0 : r.x0;
    r.y0 = r.y0 < 0 ? 0 : r.y0;
    r.x1 = r.x1 > width ? width : r.x1;
    r.y1 = r.y1 > height ? height : r.y1;
    return r;
}

static void fill(struct mn_canvas *c, struct rect r, struct colour col, int alpha)
{
    r = clip(r, c->width, c->height);
    if (r.x0 >= r.x1 || r.y0 >= r.y1)
        return;
    const uint8_t value[3] = {col.y, col.u, col.v};
    for (int i = 0; i < 3; i++) {
        if (i == 1)
            r = (struct rect){r.x0 / 2, r.y0 / 2, (r.x1 + 1) / 2, (r.y1 + 1) / 2};
        for (int y = r.y0; y < r.y1; y++) {
            uint8_t *row = c->plane[i] + (ptrdiff_t)y * c->stride[i];
            for (int x = r.x0; x < r.x1; x++)
                row[x] = mix(row[x], value[i], alpha);
        }
    }
}

/* ------------------------------------------------------------------- anti-aliased shapes ---- */

/* A disc with an arrow out of it, along (ux, uy). A disc alone has no length. */
struct shape {
    float x, y;       /* centre of the disc */
    float ux, uy;     /* unit vector */
    float length;     /* to the very tip */
    float disc;       /* radius */
    float line;       /* half the width of the shaft */
    float head, wing; /* length of the head, and half its width */
};

/* Distance of a point from the outline, in pixels; negative inside. */
static float distance(const struct shape *s, float x, float y)
{
    float dx = x - s->x, dy = y - s->y;
    float along = dx * s->ux + dy * s->uy, across = fabsf(dx * s->uy - dy * s->ux);
    float d = sqrtf(dx * dx + dy * dy) - s->disc;
    if (s->length <= 0)
        return d;
    float neck = s->length - s->head;
    float off = along < 0 ? along : along > neck ? along - neck : 0;
    float shaft = sqrtf(off * off + across * across) - s->line;
    float slope = sqrtf(s->wing * s->wing + s->head * s->head);
    float side = ((along - s->length) * s->wing + across * s->head) / slope;
    float head = fmaxf(neck - along, side);
    return fminf(d, fminf(shaft, head));
}

/* The part of the rows from y0 to y1 that the shape can reach: of a thick line only what the
 * stretch between those rows covers. Empty if lo > hi. */
static void reach(const struct shape *s, float radius, float y0, float y1, float *lo, float *hi)
{
    float t0 = 0, t1 = s->length;
    y0 -= radius;
    y1 += radius;
    if (fabsf(s->uy) * s->length > 1e-3f) {
        float a = (y0 - s->y) / s->uy, b = (y1 - s->y) / s->uy;
        t0 = fmaxf(t0, fminf(a, b));
        t1 = fminf(t1, fmaxf(a, b));
    } else if (s->y < y0 || s->y > y1) {
        t1 = -1;
    }
    if (t0 > t1) {
        *lo = 1;
        *hi = 0;
        return;
    }
    float a = s->x + t0 * s->ux, b = s->x + t1 * s->ux;
    *lo = fminf(a, b) - radius;
    *hi = fmaxf(a, b) + radius;
}

static int to_alpha(float cover)
{
    return cover <= 0 ? 0 : cover >= 1 ? 255 : (int)(cover * 255 + 0.5f);
}

static int bounded(float v, int most)
{
    return v < 0 ? 0 : v > (float)most ? most : (int)v;
}

/* Two coats at once: a dark rim that separates the shape from what is behind it, and the colour. */
static void paint(struct mn_canvas *c, const struct shape *s, struct colour col, float rim)
{
    float radius = fmaxf(fmaxf(s->disc, s->line), s->wing) + rim + 1;
    float far = s->y + s->uy * s->length;
    int top = bounded(fminf(s->y, far) - radius, c->height) & ~1;
    int bottom = bounded(fmaxf(s->y, far) + radius + 1, c->height);

    for (int by = top; by < bottom; by += 2) {
        float lo, hi;
        reach(s, radius, (float)by, (float)by + 2, &lo, &hi);
        int x0 = bounded(lo, c->width) & ~1, x1 = lo > hi ? 0 : bounded(hi + 1, c->width);
        uint8_t *u = c->plane[1] + (ptrdiff_t)(by / 2) * c->stride[1];
        uint8_t *v = c->plane[2] + (ptrdiff_t)(by / 2) * c->stride[2];
        for (int bx = x0; bx < x1; bx += 2) {
            int most_rim = 0, most = 0;
            for (int i = 0; i < 4; i++) {
                int x = bx + (i & 1), y = by + (i >> 1);
                float d = distance(s, (float)x + 0.5f, (float)y + 0.5f);
                int a = to_alpha(0.5f - d), r = to_alpha(0.5f + rim - d) * 5 / 8;
                uint8_t *p = c->plane[0] + (ptrdiff_t)y * c->stride[0] + x;
                *p = mix(mix(*p, dark.y, r), col.y, a);
                most = a > most ? a : most;
                most_rim = r > most_rim ? r : most_rim;
            }
            u[bx / 2] = mix(mix(u[bx / 2], dark.u, most_rim), col.u, most);
            v[bx / 2] = mix(mix(v[bx / 2], dark.v, most_rim), col.v, most);
        }
    }
}

/* ---------------------------------------------------------------------------------- text ---- */

/* Luma alone: text stands on a plate, which has no colour left. */
static void text(struct mn_canvas *c, const char *s, int x, int y, int scale)
{
    for (int glyph; (glyph = mn_font_next(&s)) >= 0; x += MN_FONT_STEP * scale) {
        struct rect r = {x, y, x + MN_FONT_WIDTH * scale, y + MN_FONT_HEIGHT * scale};
        r = clip(r, c->width, c->height);
        for (int py = r.y0; py < r.y1; py++) {
            uint8_t *row = c->plane[0] + (ptrdiff_t)py * c->stride[0];
            for (int px = r.x0; px < r.x1; px++)
                row[px] = mix(row[px], white.y, mn_font_cover(glyph, scale, px - x, py - y));
        }
    }
}

/* What one picture's labels should not cover. */
struct labels {
    int scale;
    int num, num_boxes;
    struct rect taken[2 * MIEN_FACES_LIMIT + 2]; /* by other labels */
    struct rect box[MIEN_FACES_LIMIT];           /* of faces; all zero for one that is not drawn */
};

static struct rect plate_size(const struct labels *l, const char *s)
{
    int w = mn_font_width(s, l->scale) + 4 * l->scale;
    return (struct rect){0, 0, w, (MN_FONT_CAP + 4) * l->scale};
}

/* Moves a plate to x, y, or to the nearest place inside the picture; false if it is too large. */
static bool place(const struct mn_canvas *c, struct rect *r, int x, int y)
{
    int w = r->x1 - r->x0, h = r->y1 - r->y0;
    if (w > c->width || h > c->height)
        return false;
    x = x < 0 ? 0 : x > c->width - w ? c->width - w : x;
    y = y < 0 ? 0 : y > c->height - h ? c->height - h : y;
    *r = (struct rect){x, y, x + w, y + h};
    return true;
}

static bool meets(struct rect r, const struct rect *others, int num)
{
    for (int i = 0; i < num; i++) {
        const struct rect *o = &others[i];
        if (r.x0 < o->x1 && o->x0 < r.x1 && r.y0 < o->y1 && o->y0 < r.y1)
            return true;
    }
    return false;
}

static void plate(struct mn_canvas *c, struct labels *l, struct rect r, const char *s)
{
    fill(c, r, dark, 160);
    text(c, s, r.x0 + 2 * l->scale, r.y0 + 2 * l->scale, l->scale);
    l->taken[l->num++] = r;
}

/* Above the box, below it if there is no room; flush left or right. In a crowd: rather over a face
 * than over another label, and rather the number alone than either. */
static void label(struct mn_canvas *c, struct labels *l, struct rect box, const char *full,
                  const char *brief)
{
    for (int attempt = 0; attempt < 12; attempt++) {
        const char *s = attempt < 8 ? full : brief;
        bool upper = attempt % 2 == 0, left = attempt % 4 < 2, spare_faces = attempt < 4;
        struct rect r = plate_size(l, s);
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
    struct rect r = plate_size(l, brief);
    if (place(c, &r, box.x0, box.y0))
        plate(c, l, r, brief);
}

/* --------------------------------------------------------------------------------- faces ---- */

/* Lines and text grow with the picture: on 4K a line of one pixel is invisible. The shorter side,
 * so that a portrait picture is treated like a landscape one. */
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

/* The box as whole pixels; all zero if it is empty or one of the numbers to be drawn is none. */
static struct rect box_of(const mien_face *f)
{
    float sum = f->yaw_smooth + f->pitch_smooth;
    for (int i = 0; i < 4; i++)
        sum += f->box[i];
    for (int i = 0; i < 5; i++)
        sum += f->point[i][0] + f->point[i][1];
    if (!isfinite(sum))
        return (struct rect){0};
    struct rect r = {(int)floorf(clamp(f->box[0])), (int)floorf(clamp(f->box[1])),
                     (int)ceilf(clamp(f->box[2])), (int)ceilf(clamp(f->box[3]))};
    return r.x0 < r.x1 && r.y0 < r.y1 ? r : (struct rect){0};
}

/* One side of a box, from `from` to `to`; dash 0 is a solid line. */
static void side(struct mn_canvas *c, struct rect r, bool upright, int dash, struct colour col)
{
    int from = upright ? r.y0 : r.x0, to = upright ? r.y1 : r.x1;
    for (int at = from; at < to; at += dash ? 2 * dash : to - from) {
        int end = dash && at + dash < to ? at + dash : to;
        struct rect part = r;
        if (upright) {
            part.y0 = at;
            part.y1 = end;
        } else {
            part.x0 = at;
            part.x1 = end;
        }
        fill(c, part, col, 255);
    }
}

/* Found in this frame: solid green. Reckoned from other frames: paler and dashed. */
static void draw_box(struct mn_canvas *c, const mien_face *f, struct rect b, int scale)
{
    bool found = f->box_source == MIEN_BOX_DETECTED;
    struct colour col = found ? green : pale_green;
    int t = scale, dash = found ? 0 : 4 * scale;
    side(c, (struct rect){b.x0, b.y0, b.x1, b.y0 + t}, false, dash, col);
    side(c, (struct rect){b.x0, b.y1 - t, b.x1, b.y1}, false, dash, col);
    side(c, (struct rect){b.x0, b.y0, b.x0 + t, b.y1}, true, dash, col);
    side(c, (struct rect){b.x1 - t, b.y0, b.x1, b.y1}, true, dash, col);

    int w = b.x1 - b.x0, h = b.y1 - b.y0, n = (int)(0.2f * (float)(w < h ? w : h));
    t = found ? 2 * t : t;
    if (n <= t)
        return;
    for (int i = 0; i < 4; i++) {
        int x0 = i & 1 ? b.x1 - n : b.x0, y0 = i & 2 ? b.y1 - n : b.y0;
        int tx = i & 1 ? b.x1 - t : b.x0, ty = i & 2 ? b.y1 - t : b.y0;
        fill(c, (struct rect){x0, ty, x0 + n, ty + t}, col, 255);
        fill(c, (struct rect){tx, y0, tx + t, y0 + n}, col, 255);
    }
}

/* 68 small discs, smaller still on a small face, where they would run together. */
static void draw_landmarks(struct mn_canvas *c, const mien_face *f, int scale)
{
    float width = f->box[2] - f->box[0];
    float radius = fmaxf(0.5f, fminf(0.8f * (float)scale, width / 120));
    for (int i = 0; i < MIEN_POINTS; i++) {
        float x = f->landmark[i][0], y = f->landmark[i][1];
        if (!isfinite(x) || !isfinite(y))
            continue;
        /* landmarks count from the middle of the first pixel */
        struct shape dot = {.x = clamp(x + 0.5f), .y = clamp(y + 0.5f), .disc = radius};
        paint(c, &dot, amber, 0.3f * (float)scale);
    }
}

static void draw_points(struct mn_canvas *c, const mien_face *f, int scale)
{
    if (f->has & MIEN_LANDMARKS) {
        draw_landmarks(c, f, scale);
        return;
    }
    /* on a small face five discs of full size would cover the eyes */
    float width = f->box[2] - f->box[0];
    float radius = fmaxf(0.8f, fminf(1.2f * (float)scale, width / 40));
    for (int i = 0; i < 5; i++) {
        struct shape dot = {.x = clamp(f->point[i][0]), .y = clamp(f->point[i][1]), .disc = radius};
        paint(c, &dot, amber, 0.5f * (float)scale);
    }
}

/* The gaze vector seen from the front, as long as the box is wide when it lies in the picture
 * plane: looking into the camera leaves only the disc. */
static void draw_arrow(struct mn_canvas *c, const mien_face *f, int scale)
{
    const float rad = 3.14159265f / 180;
    float yaw = f->yaw_smooth * rad, pitch = f->pitch_smooth * rad;
    float x1 = clamp(f->box[0]), y1 = clamp(f->box[1]);
    float x2 = clamp(f->box[2]), y2 = clamp(f->box[3]);
    float L = x2 - x1, dx = -L * sinf(yaw) * cosf(pitch), dy = -L * sinf(pitch);
    float length = sqrtf(dx * dx + dy * dy), k = (float)scale;
    struct shape s = {
        .x = (x1 + x2) / 2, .y = (y1 + y2) / 2, .disc = 1.5f + 1.3f * k, .line = 0.6f + 0.5f * k};
    if (length >= 1) {
        s.ux = dx / length;
        s.uy = dy / length;
        s.length = length;
        s.head = fminf(length, fmaxf(4 * k, fminf(length / 4, 9 * k)));
        s.wing = 0.5f * s.head;
    }
    paint(c, &s, red, 0.6f * k);
}

/* Beside the box, on the side with room, flush above or below; false where it would cover a face or
 * a label. */
static bool place_beside(const struct mn_canvas *c, const struct labels *l, struct rect box,
                         struct rect *r)
{
    const int gap = 3 * l->scale, w = r->x1, h = r->y1;
    for (int attempt = 0; attempt < 4; attempt++) {
        int x = attempt % 2 ? box.x0 - gap - w : box.x1 + gap;
        int y = attempt < 2 ? box.y0 : box.y1 - h;
        if (x < 0 || x + w > c->width)
            continue;
        *r = (struct rect){0, 0, w, h};
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

/* A bar for each intensity, 0 to 5; amber where the presence model says the unit is there. Half as
 * large as other text, because there are seventeen. */
static void draw_units(struct mn_canvas *c, struct labels *l, struct rect box, const mien_au *au)
{
    const int k = (l->scale + 1) / 2, row = (MN_FONT_CAP + 2) * k, most = 30 * k;
    const int name = mn_font_width("AU00", k) + 2 * k;
    struct rect r = {0, 0, name + most + 4 * k, MIEN_AU_INTENSITIES * row + 2 * k};
    if (!place_beside(c, l, box, &r))
        return;
    fill(c, r, dark, 160);
    l->taken[l->num++] = r;
    for (int i = 0; i < MIEN_AU_INTENSITIES; i++) {
        char s[8];
        int unit = mien_au_intensity_unit(i), x = r.x0 + 2 * k + name, y = r.y0 + 2 * k + i * row;
        float v = au->intensity[i] > 0 ? fminf(au->intensity[i], 5) / 5 : 0; /* also not a number */
        snprintf(s, sizeof(s), "AU%02d", unit);
        text(c, s, r.x0 + 2 * k, y, k);
        fill(c, (struct rect){x, y, x + most, y + MN_FONT_CAP * k}, white, 40);
        fill(c, (struct rect){x, y, x + (int)(v * (float)most + 0.5f), y + MN_FONT_CAP * k},
             is_present(au, unit) ? amber : green, 255);
    }
}

/* One decimal with a sign, and no minus in front of a zero. */
static double tenths(float v)
{
    double r = round(fmax(-9999, fmin(9999, (double)v)) * 10) / 10;
    return r == 0 ? 0.0 : r;
}

void mn_overlay_draw(struct mn_canvas *c, const struct mn_result *result, const char *status)
{
    const mien_frame *f = result->frame;
    struct labels l;
    l.scale = scale_for(c);
    l.num = 0;
    l.num_boxes = result->num_faces < MIEN_FACES_LIMIT ? result->num_faces : MIEN_FACES_LIMIT;

    for (int i = 0; i < l.num_boxes; i++) {
        l.box[i] = box_of(result->face[i]);
        if (l.box[i].x0 == l.box[i].x1)
            continue;
        draw_box(c, result->face[i], l.box[i], l.scale);
        draw_points(c, result->face[i], l.scale);
    }
    for (int i = 0; i < l.num_boxes; i++)
        if ((result->face[i]->has & MIEN_GAZE) && l.box[i].x0 < l.box[i].x1)
            draw_arrow(c, result->face[i], l.scale);

    char full[100], brief[20];
    snprintf(full, sizeof(full), "frame %lld  %.3f s%s", (long long)f->index + 1, f->time,
             f->error ? "  not analysed" : "");
    struct rect r = plate_size(&l, full);
    if (place(c, &r, 2 * l.scale, 2 * l.scale))
        plate(c, &l, r, full);
    if (status && *status) {
        r = plate_size(&l, status);
        if (place(c, &r, 2 * l.scale, (MN_FONT_CAP + 7) * l.scale))
            plate(c, &l, r, status);
    }

    for (int i = 0; i < l.num_boxes; i++) {
        const mien_face *face = result->face[i];
        if (l.box[i].x0 == l.box[i].x1)
            continue;
        snprintf(brief, sizeof(brief), "#%d", (int)face->id);
        snprintf(full, sizeof(full), "%s", brief);
        if (face->has & MIEN_GAZE)
            snprintf(full, sizeof(full), "%s  yaw %+.1f" DEGREES "  pitch %+.1f" DEGREES, brief,
                     tenths(face->yaw_smooth), tenths(face->pitch_smooth));
        label(c, &l, l.box[i], full, brief);
    }
    for (int i = 0; i < l.num_boxes; i++)
        if ((result->face[i]->has & MIEN_AU) && l.box[i].x0 < l.box[i].x1)
            draw_units(c, &l, l.box[i], &result->face[i]->au);
}
