/* Vectors of WIDE floats, for the sources that are compiled once for each instruction set: those
 * define WIDE (4, 8 or 16) before they include this. The compiler's vector types, not intrinsics,
 * so that one text serves all builds and gives the same bits. */
#ifndef MN_CLNF_WIDE_H
#define MN_CLNF_WIDE_H

#include <stdint.h>

typedef float wide __attribute__((vector_size(4 * WIDE), aligned(4), may_alias));
typedef int32_t wide_ints __attribute__((vector_size(4 * WIDE), aligned(4), may_alias));

#define WIDE_AT(p) (*(wide *)(void *)(p))
#define CONST_WIDE_AT(p) (*(const wide *)(const void *)(p))
#define ALWAYS inline __attribute__((always_inline))

static ALWAYS wide choose_wide(wide_ints mask, wide yes, wide no)
{
    return (wide)(((wide_ints)yes & mask) | ((wide_ints)no & ~mask));
}

/* e^x with an error of 2e-7 within +-87; beyond that the value at the end of the range. Cody-Waite
 * reduction and Taylor polynomial. */
static ALWAYS wide exponential(wide x)
{
    const wide top = (wide){0} + 87.0f, magic = (wide){0} + 12582912.0f; /* 1.5 * 2^23 */
    x = choose_wide(x < top, x, top);
    x = choose_wide(x > -top, x, -top);
    wide shifted = x * 1.44269504f + magic, n = shifted - magic;
    wide r = x - n * 0.693359375f + n * 2.12194440e-4f;
    wide p = r * (1.0f / 5040) + 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    wide_ints power = ((wide_ints)shifted - (wide_ints)magic + 127) << 23;
    return p * (wide)power;
}

#endif
