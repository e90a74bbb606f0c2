/* Checks and sizes of a caller's picture. */
#ifndef MN_IMAGE_PICTURE_H
#define MN_IMAGE_PICTURE_H

#include <mien/mien.h>

/* 0, MIEN_EINVAL or MIEN_EDIMENSIONS. Checks what can be checked without touching pixels. */
int mn_picture_check(const mien_picture *p);

/* Bytes of one row, and rows, of plane i of a picture that passed mn_picture_check; 0 and 0: the
 * format has no such plane. */
void mn_picture_plane(const mien_picture *p, int i, int *row, int *rows);

#endif
