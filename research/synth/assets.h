/* A folder of MakeHuman's assets in memory: read once, then shared by all threads. */
#ifndef SY_ASSETS_H
#define SY_ASSETS_H

#include <stdint.h>

#include "marks.h"
#include "parse.h"
#include "texture.h"
#include "units.h"

#define SY_ORIGINS 3 /* african, asian, caucasian */
#define SY_SEXES 2   /* female, male */
#define SY_AGES 3    /* child, young, old */
#define SY_MOST_PARTS 16

struct sy_triangle {
    int v[3];
    float uv[3][2];
};

/* A mesh of its own that follows the base mesh. */
struct sy_part {
    char name[48];
    struct sy_fit fit;
    int num_triangles;
    struct sy_triangle *triangle;
    struct sy_texture texture;
    int covers_eye; /* of hair: a fringe */
    float mean;     /* luminance of the texture where it is opaque, linear */
};

/* A shape that makes people differ. */
struct sy_detail {
    uint64_t key; /* the same for both directions of a slider, and for left and right */
    int sign;     /* which direction; 0: there is one only */
    int side;     /* 0 middle, 1 left, 2 right */
    float spread; /* deviation of its weight over people */
    struct sy_target target;
};

struct sy_skin {
    int old, male, dark; /* old: 0 young, 1 middle, 2 old */
    struct sy_texture texture;
};

/* What a base vertex knows about its place, 0..1 each. */
struct sy_place {
    float open; /* share of the sky it sees */
    float turn; /* 1: moves with the head, 0: with the trunk */
    float beard, scalp, lips;
    float height; /* in the base mesh, decimetres: for the collar */
};

struct sy_assets {
    int num_vertices;
    float (*base)[3];
    struct sy_place *place;
    uint8_t *used; /* vertices of skin triangles */
    int num_triangles;
    struct sy_triangle *triangle; /* head, neck and shoulders */
    struct sy_target macro[SY_ORIGINS][SY_SEXES][SY_AGES];
    struct sy_target unit[SY_NUM_UNITS][SY_ORIGINS];
    int num_details;
    struct sy_detail *detail;
    int num_hair, num_brows, num_lashes, num_teeth, num_tongues;
    struct sy_part hair[SY_MOST_PARTS], brows[SY_MOST_PARTS], lashes[SY_MOST_PARTS],
        teeth[SY_MOST_PARTS], tongue[SY_MOST_PARTS];
    int num_skins, num_eyes;
    struct sy_skin skin[32];
    struct sy_texture eye[16];
    struct sy_marks marks;
    int eye_joint[2][8],
        eye_ball[2][2]; /* left, right: the joint's corners; first and last vertex */
    int neck_joint[8];
};

/* 0 or MIEN_E*, with the sentence in why[SY_WHY]; on failure *out is empty. */
int sy_assets_open(struct sy_assets *a, const char *folder, char *why);
void sy_assets_close(struct sy_assets *a);

/* Normals of `n` vertices from triangles, weighted by area. */
void sy_normals(const float (*vertex)[3], int n, const struct sy_triangle *t, int num_triangles,
                float (*normal)[3]);

#endif
