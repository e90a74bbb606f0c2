/* A person in a moment, in front of the camera: all meshes in camera axes, in millimetres. */
#ifndef SY_FIGURE_H
#define SY_FIGURE_H

#include <mien/mien.h>

#include "person.h"

enum sy_material {
    SY_SKIN,
    SY_EYE,
    SY_TEETH,
    SY_TONGUE,
    SY_LASHES,
    SY_BROWS,
    SY_HAIR,
    SY_FRAME,
    SY_LENS,
    SY_NUM_MATERIALS
};

/* What a person does. */
struct sy_state {
    float au[MIEN_AU_INTENSITIES]; /* 0..5, order of mien_au_intensity_unit */
    float head[3];                 /* radians, R = Rx Ry Rz */
    float trunk;                   /* share of the head's turn that the shoulders take */
    float look[2];                 /* yaw, pitch of the eyes in the head, radians */
    float distance;                /* of what they look at, from between the eyes, mm */
    float place[3];                /* of the face's middle, camera axes, mm */
    float pupil;                   /* radius as a share of the iris */
};

struct sy_figure_part {
    enum sy_material material;
    int first, num_vertices; /* in the figure's arrays */
    int num_triangles;
    const struct sy_triangle *triangle; /* vertices count from `first` */
    const struct sy_texture *texture;   /* NULL: none */
    int sided;                          /* seen from outside only */
    int cut_out;                        /* the texture's alpha decides what is there */
    float mean;                         /* of the texture */
};

#define SY_FIGURE_PARTS 10
#define SY_EYE_RINGS 14
#define SY_EYE_SEGMENTS 28
#define SY_EYE_VERTICES (1 + SY_EYE_RINGS * SY_EYE_SEGMENTS)
#define SY_EYE_TRIANGLES (SY_EYE_SEGMENTS + 2 * (SY_EYE_RINGS - 1) * SY_EYE_SEGMENTS)

struct sy_figure {
    const struct sy_assets *assets;
    const struct sy_person *person;
    struct sy_state state;
    int num_parts;
    struct sy_figure_part part[SY_FIGURE_PARTS];
    int num_vertices, most_vertices;
    float (*model)[3];  /* the person's own axes, decimetres: expression, before the turn */
    float (*pos)[3];    /* camera axes, mm */
    float (*normal)[3]; /* camera axes */
    struct sy_place *place;
    struct sy_triangle *eye_triangle, *tube_triangle, *lens_triangle;
    int num_tube_triangles, num_lens_triangles;
    float R[9];          /* of the head */
    float eye[2][3];     /* centres, camera axes, mm: [0] subject's left, [1] right */
    float eye_dir[2][3]; /* unit vectors, camera axes */
    float eye_radius[2]; /* mm */
    float target[3];     /* what is looked at, camera axes, mm */
};

/* Room for any person. 0 or MIEN_ENOMEM. */
int sy_figure_open(struct sy_figure *f, const struct sy_assets *a);
void sy_figure_close(struct sy_figure *f);

/* Shapes, turns and places everything. p and its shape must stay until the figure is drawn. */
void sy_figure_pose(struct sy_figure *f, const struct sy_person *p, const struct sy_state *s);

/* A mark of the base mesh, camera axes, mm. */
void sy_figure_mark(const struct sy_figure *f, struct sy_mark mark, float out[3]);

/* The pupil's middle, on the cornea. */
void sy_figure_pupil(const struct sy_figure *f, int eye, float out[3]);

/* Direction of angles in mien's convention: yaw > 0 to image left, pitch > 0 up. */
void sy_direction(float yaw, float pitch, float out[3]);
/* And back. */
void sy_angles(const float dir[3], float *yaw, float *pitch);

#endif
