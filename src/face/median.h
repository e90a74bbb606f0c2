/* The running median of many numbers at once, by histograms, as OpenFace 2.2 computes it. It gives
 * a person's neutral face, which the dynamic AU models subtract.
 *
 * Values are converted to bin numbers where they are measured (any thread). Bin numbers are added
 * to a person's histograms in frame order, in one place, which moves each median by a few bins at
 * most. Counters have 8 bits at first; more are added at a person's 255th and 65535th sample. */
#ifndef MN_FACE_MEDIAN_H
#define MN_FACE_MEDIAN_H

#include <stdbool.h>

#include "face/kernels.h"

#define MN_MEDIAN_MAX_BINS 10000

/* Shared and constant. */
struct mn_median_spec {
    int dims, bins;
    double lowest, highest;
    bool floor_zero;       /* medians below 0 are reported as 0 */
    const uint16_t *rooms; /* number of bins that can occur in dimension d: rooms[d % period]; */
    int period;            /* values beyond count in the last of them. NULL: all bins */
};

/* For FHOG features, and for displacements and parameters of the shape (where dims must be filled
 * in). */
extern const struct mn_median_spec mn_median_hog, mn_median_shape;

void mn_median_quantise(const struct mn_median_spec *spec, const struct mn_face_kernels *kernels,
                        const double *values, uint16_t *bins);

struct mn_median;

/* 0 or MIEN_ENOMEM. *spec is copied; rooms must outlive the median. */
int mn_median_open(struct mn_median **out, const struct mn_median_spec *spec);
void mn_median_close(struct mn_median **m);

/* Adds one sample of dims bin numbers. 0, or MIEN_ENOMEM when counters must grow. */
int mn_median_add(struct mn_median *m, const uint16_t *bins);

uint32_t mn_median_count(const struct mn_median *m);

/* The medians of the samples so far, as middles of bins; all `lowest` without samples. */
void mn_median_values(const struct mn_median *m, float *out);

#endif
