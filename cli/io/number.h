/* Numbers as text. */
#ifndef MN_CLI_NUMBER_H
#define MN_CLI_NUMBER_H

#include <stdio.h>

/* A finite number in fixed notation, rounded as printf rounds it; never "-0.00". */
void mn_number_print(FILE *file, double value, int decimals);

#endif
