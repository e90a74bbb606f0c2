/* Bounded reading of model files, text and binary, from a mapping. Every value is checked before it
 * is used. A damaged file is refused with its name and the byte where it stops making sense.
 *
 * The first error is logged and remembered. Later calls do nothing and return zeros, so a reader
 * checks for errors once, at the end. Numbers are parsed in the same way in every locale. */
#ifndef MN_FACE_DAT_H
#define MN_FACE_DAT_H

#include <stdbool.h>

#include "base/file.h"
#include "base/log.h"
#include "base/sha256.h"

struct mn_dat {
    const char *path; /* owned by the caller; for messages */
    struct mn_log *log;
    struct mn_file file;
    size_t at; /* offset of the next byte */
    int error; /* 0 or the first error */
};

/* 0, or MIEN_ENOMODEL or MIEN_EBADMODEL (too large, not a regular file), logged. path and log must
 * outlive d. */
int mn_dat_open(struct mn_dat *d, const char *path, size_t max_size, struct mn_log *log);
void mn_dat_close(struct mn_dat *d);

/* A digest for a set of files that name each other. From this call on until a call with NULL, every
 * file that this thread opens is added to *digest, which becomes the SHA-256 of its previous value
 * (empty at first) followed by the file's SHA-256. It is complete when all files were opened. */
void mn_dat_note(char (*digest)[MN_SHA256_HEX]);

/* Reports the file as damaged at byte `at`; why: what was expected, or what is wrong. Returns the
 * error. */
int mn_dat_refuse(struct mn_dat *d, size_t at, const char *why);

/* Text: skips white space and reads a number in decimal notation. */
double mn_dat_number(struct mn_dat *d);
int mn_dat_int(struct mn_dat *d, int lowest, int highest);

/* Text: skips whole lines that begin with '#', a blank or a line end. */
void mn_dat_skip_comments(struct mn_dat *d);

/* Text: checks that only white space is left. */
void mn_dat_expect_end(struct mn_dat *d);

/* Text: the next line without its end and surrounding blanks; false at the end of the file. */
bool mn_dat_line(struct mn_dat *d, char *line, size_t size);

/* Binary: a little-endian word at any alignment. */
static inline uint32_t mn_dat_word(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

int32_t mn_dat_i32(struct mn_dat *d);
/* An int32 from lowest to highest. Any other is an error with the reason `why`, and the result is
 * lowest. */
int mn_dat_i32_between(struct mn_dat *d, int lowest, int highest, const char *why);
/* An int32 that must have this value; `why` as above. */
void mn_dat_expect_i32(struct mn_dat *d, int value, const char *why);
double mn_dat_f64(struct mn_dat *d);
void mn_dat_f64s(struct mn_dat *d, double *out, size_t n);
/* n float32 below 1e20; out may be NULL, then they are checked and skipped. */
void mn_dat_f32s(struct mn_dat *d, float *out, size_t n);
float mn_dat_f32(struct mn_dat *d);
/* n float32 below 1e30, widened to double. */
void mn_dat_f32s_as_f64(struct mn_dat *d, double *out, size_t n);

/* The types of a matrix's elements, in OpenCV's numbers. */
enum mn_dat_type {
    MN_DAT_I8 = 1,
    MN_DAT_I16 = 3,
    MN_DAT_I32 = 4,
    MN_DAT_F32 = 5,
    MN_DAT_F64 = 6,
};

/* n whole numbers of type MN_DAT_I8 or MN_DAT_I16, each times `unit`. */
void mn_dat_scaled(struct mn_dat *d, enum mn_dat_type type, double unit, double *out, size_t n);

/* Binary: the header of a matrix: rows, columns, type. Any other header is an error. The values
 * follow row by row. */
void mn_dat_matrix(struct mn_dat *d, int rows, int columns, enum mn_dat_type type);

/* folder/name as a new string; NULL without memory. Release it with free(). */
char *mn_dat_join(const char *folder, const char *name);

/* True if name is a relative path that stays inside the folder it starts from. */
bool mn_dat_is_inside(const char *name);

#endif
