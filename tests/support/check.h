/* What all C tests share. A test is a program that returns through check_done(); 77 means a skip,
 * with the reason as its last line. Failed checks print both values and continue. */
#ifndef MN_TESTS_CHECK_H
#define MN_TESTS_CHECK_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check_count, check_failures;

#define CHECK(cond)                                                     \
    do {                                                                \
        check_count++;                                                  \
        if (!(cond)) {                                                  \
            check_failures++;                                           \
            printf("%s:%d: not true: %s\n", __FILE__, __LINE__, #cond); \
        }                                                               \
    } while (0)

#define CHECK_INT(have, want)                                                           \
    do {                                                                                \
        long long h_ = (long long)(have), w_ = (long long)(want);                       \
        check_count++;                                                                  \
        if (h_ != w_) {                                                                 \
            check_failures++;                                                           \
            printf("%s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #have, h_, w_); \
        }                                                                               \
    } while (0)

#define CHECK_NEAR(have, want, tolerance)                                                          \
    do {                                                                                           \
        double h_ = (double)(have), w_ = (double)(want), t_ = (double)(tolerance);                 \
        check_count++;                                                                             \
        if (!(fabs(h_ - w_) <= t_)) {                                                              \
            check_failures++;                                                                      \
            printf("%s:%d: %s is %.9g, not %.9g within %.3g\n", __FILE__, __LINE__, #have, h_, w_, \
                   t_);                                                                            \
        }                                                                                          \
    } while (0)

#define CHECK_STR(have, want)                                                      \
    do {                                                                           \
        const char *h_ = (have), *w_ = (want);                                     \
        check_count++;                                                             \
        if (!h_ || !w_ || strcmp(h_, w_)) {                                        \
            check_failures++;                                                      \
            printf("%s:%d: %s is \"%s\", not \"%s\"\n", __FILE__, __LINE__, #have, \
                   h_ ? h_ : "(null)", w_ ? w_ : "(null)");                        \
        }                                                                          \
    } while (0)

/* For conditions without which the test cannot continue. */
#define REQUIRE(cond)                                                 \
    do {                                                              \
        check_count++;                                                \
        if (!(cond)) {                                                \
            printf("%s:%d: needed: %s\n", __FILE__, __LINE__, #cond); \
            exit(1);                                                  \
        }                                                             \
    } while (0)

static inline int check_done(void)
{
    if (check_failures || check_count == 0) {
        printf("%d of %d checks failed\n", check_failures, check_count);
        return 1;
    }
    return 0;
}

static inline int check_skip(const char *why)
{
    printf("skip: %s\n", why);
    return 77;
}

#endif
