#include "io/csv.h"

#include <math.h>
#include <string.h>

#include "io/number.h"

void mn_csv_text(FILE *file, const char *text)
{
    if (!text[strcspn(text, ",\"\r\n")]) {
        fputs(text, file);
        return;
    }
    fputc('"', file);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', file);
        fputc(*text, file);
    }
    fputc('"', file);
}

void mn_csv_number(FILE *file, double value, int decimals)
{
    fputc(',', file);
    if (isfinite(value))
        mn_number_print(file, value, decimals);
}
