/* Numbers in rows equal those of printf, but without "-0.00". */
#include <stdbool.h>
#include <stdint.h>

#include "check.h"
#include "io/number.h"

static char *text;
static size_t size;
static FILE *file;

static void same(double v, int decimals)
{
    char want[400];
    rewind(file);
    mn_number_print(file, v, decimals);
    fputc(0, file);
    fflush(file);
    snprintf(want, sizeof(want), "%.*f", decimals, v);
    bool zero = !want[strspn(want, "-0.")];
    CHECK_STR(text, zero && want[0] == '-' ? want + 1 : want);
}

static uint64_t seed = 1;

static double chance(void) /* -1 .. 1 */
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(int64_t)seed / 9223372036854775808.0;
}

int main(void)
{
    file = open_memstream(&text, &size);
    REQUIRE(file);
    static const double odd[] = {0,        -0.0,         0.5,     1.5,       2.5,     -0.5,
                                 0.05,     0.15,         0.25,    0.125,     0.375,   0.0005,
                                 0.0015,   1e-9,         -1e-9,   0.9999999, 99999.5, 99999.999999,
                                 1e5,      123456.789,   1e22,    -1e300,    9.995,   0.045,
                                 999.9995, 0.4999999999, 0.49951, 0.50049};
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        for (int d = 0; d <= 8; d++) {
            same(odd[i], d);
            same(-odd[i], d);
        }
    for (int i = 0; i < 300000 && !check_failures; i++) {
        const double range = pow(10, 6 * chance()), v = chance() * range;
        same(v, i % 8);
        same((double)(float)v, i % 8);
        same(nearbyint(v * 2048) / 2048, i % 8); /* many of these are ties */
        same(nearbyint(v * 2000) / 2000, 3);
    }
    fclose(file);
    free(text);
    return check_done();
}
