#include "face/median.h"

#include <mien/mien.h>
#include <stdlib.h>

#include "base/mem.h"
#include "face/fhog.h"

/* Directions are at most 0.4 and texture at most 0.849 (fhog.c), so half of the histogram would
 * stay empty. */
static const uint16_t hog_rooms[MN_FHOG_FEATURES] = {
    404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404,
    404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 852, 852, 852, 852,
};

const struct mn_median_spec mn_median_hog = {
    .dims = MN_FHOG_SIZE,
    .bins = 1000,
    .lowest = -0.005,
    .highest = 1,
    .floor_zero = true,
    .rooms = hog_rooms,
    .period = MN_FHOG_FEATURES,
};

const struct mn_median_spec mn_median_shape = {
    .dims = 0,
    .bins = 10000,
    .lowest = -60,
    .highest = 60,
};

struct mn_median {
    struct mn_median_spec spec;
    uint32_t count;  /* number of samples */
    uint32_t *base;  /* dims + 1: start of each histogram */
    uint8_t *low;    /* counters, lowest 8 bits */
    uint8_t *middle; /* next 8 bits; NULL until needed */
    uint16_t *high;  /* upper 16 bits; NULL until needed */
    uint16_t *bin;   /* dims: bin of the median */
    uint32_t *below; /* dims: number of samples in lower bins */
};

void mn_median_quantise(const struct mn_median_spec *spec, const struct mn_face_kernels *kernels,
                        const double *values, uint16_t *bins)
{
    double scale = spec->bins / (spec->highest - spec->lowest);
    kernels->quantise(values, spec->dims, scale, -spec->lowest * scale, spec->bins - 1, bins);
}

static uint32_t room(const struct mn_median_spec *s, int d)
{
    return s->rooms ? s->rooms[d % s->period] : (uint32_t)s->bins;
}

int mn_median_open(struct mn_median **out, const struct mn_median_spec *spec)
{
    struct mn_median *m = mn_alloc(1, sizeof(*m));
    *out = m;
    if (!m)
        return MIEN_ENOMEM;
    m->spec = *spec;
    size_t dims = (size_t)spec->dims;
    m->base = mn_alloc(dims + 1, sizeof(*m->base));
    m->bin = mn_alloc(dims, sizeof(*m->bin));
    m->below = mn_alloc(dims, sizeof(*m->below));
    if (m->base && m->bin && m->below) {
        for (int d = 0; d < spec->dims; d++)
            m->base[d + 1] = m->base[d] + room(spec, d);
        /* calloc rather than mn_alloc: the pages of bins that never occur are never touched */
        m->low = calloc(m->base[dims], sizeof(*m->low));
    }
    if (!m->low) {
        mn_median_close(out);
        return MIEN_ENOMEM;
    }
    return 0;
}

void mn_median_close(struct mn_median **m)
{
    if (!*m)
        return;
    free((*m)->base);
    free((*m)->low);
    free((*m)->middle);
    free((*m)->high);
    free((*m)->bin);
    free((*m)->below);
    free(*m);
    *m = NULL;
}

static uint32_t counter(const struct mn_median *m, uint32_t i)
{
    return m->low[i] | (m->middle ? (uint32_t)m->middle[i] << 8 : 0) |
           (m->high ? (uint32_t)m->high[i] << 16 : 0);
}

int mn_median_add(struct mn_median *m, const uint16_t *bins)
{
    if (m->count >= UINT8_MAX && !m->middle)
        m->middle = calloc(m->base[m->spec.dims], sizeof(*m->middle));
    if (m->count >= UINT16_MAX && !m->high)
        m->high = calloc(m->base[m->spec.dims], sizeof(*m->high));
    if ((m->count >= UINT8_MAX && !m->middle) || (m->count >= UINT16_MAX && !m->high))
        return MIEN_ENOMEM;
    m->count++;
    const uint32_t half = m->count / 2 + m->count % 2;
    for (int d = 0; d < m->spec.dims; d++) {
        uint32_t base = m->base[d], last = m->base[d + 1] - base - 1;
        uint32_t k = bins[d] < last ? bins[d] : last;
        if (++m->low[base + k] == 0 && ++m->middle[base + k] == 0)
            m->high[base + k]++;
        uint32_t bin = m->bin[d], below = m->below[d] + (k < bin);
        /* searches the first bin with which the sum reaches half of the samples */
        while (below >= half)
            below -= counter(m, base + --bin);
        for (uint32_t here; below + (here = counter(m, base + bin)) < half; bin++)
            below += here;
        m->bin[d] = (uint16_t)bin;
        m->below[d] = below;
    }
    return 0;
}

uint32_t mn_median_count(const struct mn_median *m)
{
    return m->count;
}

void mn_median_values(const struct mn_median *m, float *out)
{
    double width = (m->spec.highest - m->spec.lowest) / m->spec.bins;
    for (int d = 0; d < m->spec.dims; d++) {
        double v = m->spec.lowest + m->bin[d] * width + 0.5 * width;
        out[d] = m->spec.floor_zero && v < 0 ? 0 : (float)v;
    }
}
