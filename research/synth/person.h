/* A person: everything about it that does not change while they move. */
#ifndef SY_PERSON_H
#define SY_PERSON_H

#include "assets.h"
#include "rng.h"

enum sy_glasses { SY_NO_GLASSES, SY_CLEAR_GLASSES, SY_SUNGLASSES };

struct sy_person {
    float origin[SY_ORIGINS]; /* shares, sum 1: african, asian, caucasian */
    float male;               /* 0..1 */
    float age;                /* 0 child, 1 young, 2 old */
    int skin, eye, hair, brows, lashes, teeth, tongue; /* -1: none */
    float tone[3];                                     /* multiplies the skin's colour */
    float hair_rgb[3];                                 /* linear */
    float brow_rgb[3];
    float beard, stubble, scalp; /* 0..1, how dark */
    float lips[3], makeup;
    float iris; /* half the angle it takes at the eye's centre, radians */
    float iris_tint[3];
    float gloss;            /* strength of the skin's highlights */
    float lid;              /* how far the lids hang at rest: weight of the closing shape */
    float cloth[3], collar; /* colour; height of its edge in the base mesh */
    int glasses;
    float frame[2], tube, frame_rgb[3], lens_rgb[3]; /* half sizes in decimetres */
    float (*shape)[3]; /* the base mesh as this person, decimetres; belongs to the person */
};

/* Room for the shape. 0 or MIEN_ENOMEM. */
int sy_person_open(struct sy_person *p, const struct sy_assets *a);
void sy_person_close(struct sy_person *p);

/* Another person, decided by the numbers of r alone. */
void sy_person_draw(struct sy_person *p, const struct sy_assets *a, struct sy_rng *r);

#endif
