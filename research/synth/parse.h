/* The three text formats of MakeHuman: Wavefront meshes (.obj), sparse offsets (.target), and how a
 * mesh of its own follows the base mesh (.mhclo). Nothing in a file is trusted: every number, index
 * and count is checked, and an error is reported in one sentence. */
#ifndef SY_PARSE_H
#define SY_PARSE_H

#include <stddef.h>

#define SY_MAX_VERTICES 200000
#define SY_MAX_FACES 400000
#define SY_MAX_GROUPS 400
#define SY_WHY 400

/* A face has four corners; of a triangle the last is the third again. */
struct sy_face {
    int v[4], t[4]; /* t: -1 without texture coordinates */
    int group;
};

struct sy_mesh {
    int num_vertices, num_coords, num_faces, num_groups;
    float (*vertex)[3];
    float (*coord)[2];
    struct sy_face *face;
    char (*group)[32];
};

/* All return 0, MIEN_EDAMAGED or MIEN_ENOMEM with the sentence in why[SY_WHY]; on failure *out is
 * empty. name is for the sentence. */
int sy_mesh_parse(struct sy_mesh *out, const char *data, size_t size, const char *name, char *why);
void sy_mesh_free(struct sy_mesh *m);

struct sy_offset {
    int vertex;
    float d[3];
};
struct sy_target {
    int num;
    struct sy_offset *at;
};
int sy_target_parse(struct sy_target *out, int num_vertices, const char *data, size_t size,
                    const char *name, char *why);
void sy_target_free(struct sy_target *t);

/* Vertex i of a fitted mesh: sum of w * base vertex, plus offset times the scale of each axis. */
struct sy_anchor {
    int v[3];
    float w[3], offset[3];
};
struct sy_fit {
    int num;
    struct sy_anchor *at;
    struct {
        int from, to; /* base vertices whose distance along the axis, over `unit`, is the scale */
        float unit;   /* 0: the scale is 1 */
    } scale[3];
};
int sy_fit_parse(struct sy_fit *out, int num_vertices, const char *data, size_t size,
                 const char *name, char *why);
void sy_fit_free(struct sy_fit *f);

#endif
