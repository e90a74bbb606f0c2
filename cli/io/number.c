#include "io/number.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Writes the number so that it ends before `end`, and returns its begin; NULL: use printf. A row
 * has hundreds of numbers, and printf computes with all digits of a double: this takes a tenth of
 * its time. The error of the product is below 1e-4. So a value that is further than that from the
 * middle between two results is rounded as printf rounds it. */
static char *quick_fixed(char *end, double value, int decimals)
{
    static const double power[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
    if (decimals < 0 || decimals > 6 || !(fabs(value) < 1e5))
        return NULL;
    double scaled = fabs(value) * power[decimals], whole = floor(scaled), rest = scaled - whole;
    if (fabs(rest - 0.5) < 1e-3)
        return NULL;
    uint64_t n = (uint64_t)whole + (rest > 0.5);
    bool negative = value < 0 && n > 0;
    for (int i = 0; n > 0 || i <= decimals; i++) {
        if (i == decimals && decimals > 0)
            *--end = '.';
        *--end = (char)('0' + n % 10);
        n /= 10;
    }
    if (negative)
        *--end = '-';
    return end;
}

void mn_number_print(FILE *file, double value, int decimals)
{
    char text[400], *end = text + sizeof(text) - 1;
    *end = 0;
    const char *quick = quick_fixed(end, value, decimals);
    if (quick) {
        fputs(quick, file);
        return;
    }
    snprintf(text, sizeof(text), "%.*f", decimals, value);
    bool zero = !text[strspn(text, "-0.")];
    fputs(zero && text[0] == '-' ? text + 1 : text, file);
}
