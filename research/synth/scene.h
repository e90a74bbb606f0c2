/* One picture's plan: which person is where and does what, under which light, through which camera.
 */
#ifndef SY_SCENE_H
#define SY_SCENE_H

#include "figure.h"

#define SY_FACES 6
#define SY_LIGHTS 3
#define SY_OCCLUDERS 3

enum sy_look { SY_COLOUR, SY_GREY, SY_INFRARED };

struct sy_light {
    float to[3], rgb[3]; /* unit vector towards it, camera axes; the first casts shadows */
};

/* Something flat in front: an ellipse or a bar, in pixels. */
struct sy_occluder {
    int round;
    float x, y, half[2], angle, rgb[3];
};

struct sy_camera_look {
    int look; /* enum sy_look */
    float exposure, contrast, white[3], vignette;
    float blur;        /* deviation, pixels */
    float smear[2];    /* motion, pixels */
    float noise, shot; /* deviation: of black, and per root of brightness; of 255 */
    int quality;       /* of JPEG, 0: not compressed */
};

struct sy_scene {
    int width, height;
    float focal, cx, cy; /* pixels */
    int num_faces;
    struct sy_state state[SY_FACES];
    struct sy_light light[SY_LIGHTS];
    float ambient[6][3]; /* from +x, -x, +y, -y, +z, -z */
    int num_occluders;
    struct sy_occluder occluder[SY_OCCLUDERS];
    struct sy_camera_look camera;
    uint64_t backdrop;
};

struct sy_scene_options {
    int width, height;
    int faces;  /* in every picture; -1: random, mostly one */
    float face; /* height of the face over the picture's, for crops; 0: random */
    int clean;  /* no occlusion, no defects of the camera: for validation */
};

/* Draws the plan and the people (opened, at least SY_FACES) from r. */
void sy_scene_draw(struct sy_scene *s, struct sy_person *people, const struct sy_assets *a,
                   const struct sy_scene_options *o, struct sy_rng *r);

/* Draws what one person does; the caller sets the place. */
void sy_scene_state(struct sy_state *s, struct sy_rng *r);

/* The same plan at another moment: expression, gaze, and a head that stays about where it was. */
void sy_scene_again(struct sy_scene *s, struct sy_rng *r);

#endif
