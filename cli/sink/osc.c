#include "sink/osc.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define LONGEST 128 /* bytes of an address, with its zeros */

static void put32(FILE *file, uint32_t v)
{
    const unsigned char b[4] = {(unsigned char)(v >> 24), (unsigned char)(v >> 16),
                                (unsigned char)(v >> 8), (unsigned char)v};
    fwrite(b, 1, sizeof(b), file);
}

/* An element of the bundle: its size, the address padded to four bytes, one tag, one value. */
static void message(FILE *file, const char *address, bool whole, double value)
{
    static const char zeros[4] = {0};
    const size_t n = strlen(address), padded = (n + 4) & ~(size_t)3;
    const float real = (float)value;
    uint32_t bits;
    if (whole)
        bits = (uint32_t)(int32_t)fmax(INT32_MIN, fmin(INT32_MAX, value));
    else
        memcpy(&bits, &real, sizeof(bits));
    put32(file, (uint32_t)padded + 8);
    fwrite(address, 1, n, file);
    fwrite(zeros, 1, padded - n, file);
    fwrite(whole ? ",i\0" : ",f\0", 1, 4, file);
    put32(file, bits);
}

static void values(FILE *file, const struct mn_layout *l, const mien_frame *f,
                   const mien_face *face)
{
    const mien_column *c;
    for (int i = 0; (c = mien_column_at(i)); i++) {
        char address[LONGEST];
        double v;
        if (!mn_columns_has(l, i) || c->of_frame != (face == NULL) ||
            !mien_column_value(i, f, face, &v) || !isfinite(v))
            continue;
        if (face)
            snprintf(address, sizeof(address), "/mien/face/%d/%s", (int)face->id, c->name);
        else
            snprintf(address, sizeof(address), "/mien/%s", c->name);
        message(file, address, c->decimals == 0, v);
    }
}

void mn_osc_write(FILE *file, const struct mn_layout *layout, const struct mn_result *r)
{
    fwrite("#bundle", 1, 8, file);
    put32(file, 0); /* the time tag: at once */
    put32(file, 1);
    values(file, layout, r->frame, NULL);
    message(file, "/mien/faces", true, r->num_faces);
    for (int i = 0; i < r->num_faces; i++)
        values(file, layout, r->frame, r->face[i]);
    message(file, "/mien/end", true, (double)r->frame->index + 1);
}
