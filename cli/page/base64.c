#include "page/base64.h"

#include <stdint.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* n: 1 to 3 bytes */
static void group(char out[4], const uint8_t *in, size_t n)
{
    const uint32_t bits =
        (uint32_t)in[0] << 16 | (uint32_t)(n > 1 ? in[1] : 0) << 8 | (uint32_t)(n > 2 ? in[2] : 0);
    for (int i = 0; i < 4; i++)
        out[i] = (size_t)i <= n ? digits[bits >> (18 - 6 * i) & 63] : '=';
}

void mn_base64(FILE *f, const void *data, size_t size)
{
    const uint8_t *in = data;
    char out[4 * 256];
    size_t used = 0;
    for (size_t i = 0; i < size; i += 3) {
        group(out + used, in + i, size - i < 3 ? size - i : 3);
        used += 4;
        if (used == sizeof(out)) {
            fwrite(out, 1, used, f);
            used = 0;
        }
    }
    fwrite(out, 1, used, f);
}
