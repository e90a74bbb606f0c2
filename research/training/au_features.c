/* The features of the action units as the program computes them, for research/training/au.py.
 *
 * usage: au_features PDM TRIANGLES WIDTH HEIGHT [mesh]
 * Standard input: for each picture 136 float32 (68 x, then 68 y, pixels), or with `mesh` 1404 (x,
 * y, z of each point of the face mesh), and WIDTH * HEIGHT * 3 bytes, RGB. Standard output: for
 * each picture 4464 of FHOG, displacement of the shape, its parameters, scale, rotation and the
 * root mean square of the fit, float32; all NaN where the points are no face. The calls are those
 * of mn_au_measure, which wants models that do not exist yet. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "face/fhog.h"
#include "stage/mesh.h"

#define EXTRA 5

static void say(void *ctx, enum mien_log_level level, const char *message)
{
    (void)ctx;
    (void)level;
    fprintf(stderr, "%s\n", message);
}

static void measure(struct mn_pdm_fitter *fitter, struct mn_aligner *aligner,
                    const struct mn_pdm *pdm, const struct mn_fhog_table *table,
                    const mien_picture *pic, const float *points, float *out)
{
    static struct mn_aligned face;
    static double shape[3 * MN_PDM_MAX_POINTS + 8];
    const struct mn_face_kernels *kernels = mn_face_kernels_best();
    struct mn_pdm_fit fit;
    float *displacement = out + MN_FHOG_SIZE, *local = displacement + pdm->rows;
    int n = MN_FHOG_SIZE + pdm->rows + pdm->modes + EXTRA;
    if (mn_pdm_fitter_run(fitter, points, NULL, &fit) < 0 ||
        mn_align(aligner, pic, points, fit.tx, fit.ty, &face) < 0) {
        for (int i = 0; i < n; i++)
            out[i] = NAN;
        return;
    }
    mn_fhog(table, kernels, &face, out);
    mn_pdm_displacement(pdm, kernels, fit.local, shape);
    for (int i = 0; i < pdm->rows; i++)
        displacement[i] = (float)shape[i];
    for (int k = 0; k < pdm->modes; k++)
        local[k] = fit.local[k];
    float *extra = local + pdm->modes;
    extra[0] = fit.scale;
    for (int k = 0; k < 3; k++)
        extra[1 + k] = fit.rotation[k];
    extra[4] = fit.rms;
}

/* The 68 points of the next picture. */
static bool read_points(bool from_mesh, float points[2 * MN_FACE_POINTS])
{
    static float mesh[MIEN_MESH_POINTS][3], landmark[MN_FACE_POINTS][2];
    if (!from_mesh)
        return fread(points, sizeof(*points), (size_t)2 * MN_FACE_POINTS, stdin) ==
               (size_t)2 * MN_FACE_POINTS;
    if (fread(mesh, sizeof(mesh), 1, stdin) != 1)
        return false;
    mn_mesh_landmarks(mesh, landmark);
    for (int k = 0; k < MN_FACE_POINTS; k++)
        for (int c = 0; c < 2; c++)
            points[c * MN_FACE_POINTS + k] = landmark[k][c];
    return true;
}

int main(int argc, char **argv)
{
    struct mn_log log;
    struct mn_pdm *pdm;
    static struct mn_triangles triangles;
    struct mn_pdm_fitter *fitter;
    struct mn_aligner *aligner;
    const bool from_mesh = argc == 6 && !strcmp(argv[5], "mesh");
    if (argc != 5 && !from_mesh) {
        fputs("usage: au_features PDM TRIANGLES WIDTH HEIGHT [mesh]\n", stderr);
        return 2;
    }
    mn_log_init(&log, say, NULL);
    struct mn_fhog_table *table = mn_fhog_table_make();
    if (!table || mn_pdm_load(&pdm, argv[1], &log) < 0 ||
        mn_align_load_triangles(&triangles, argv[2], &log) < 0 ||
        mn_pdm_fitter_open(&fitter, pdm, mn_face_kernels_best()) < 0 ||
        mn_aligner_open(&aligner, pdm, &triangles, mn_face_kernels_best()) < 0)
        return 1;
    int width = atoi(argv[3]), height = atoi(argv[4]);
    if (width < 1 || height < 1 || width > MIEN_MAX_SIDE || height > MIEN_MAX_SIDE)
        return 2;
    size_t size = 3 * (size_t)width * (size_t)height;
    int n = MN_FHOG_SIZE + pdm->rows + pdm->modes + EXTRA;
    uint8_t *pixels = malloc(size);
    float points[2 * MN_FACE_POINTS], *out = malloc((size_t)n * sizeof(*out));
    if (!pixels || !out)
        return 1;
    mien_picture pic = {.width = width, .height = height, .format = MIEN_BGR24};
    pic.plane[0] = pixels;
    pic.stride[0] = 3 * width;
    while (read_points(from_mesh, points) && fread(pixels, 1, size, stdin) == size) {
        for (size_t i = 0; i < size; i += 3) {
            uint8_t red = pixels[i];
            pixels[i] = pixels[i + 2];
            pixels[i + 2] = red;
        }
        measure(fitter, aligner, pdm, table, &pic, points, out);
        if (fwrite(out, sizeof(*out), (size_t)n, stdout) != (size_t)n)
            return 1;
    }
    mn_pdm_fitter_close(&fitter);
    mn_aligner_close(&aligner);
    mn_pdm_close(&pdm);
    mn_log_finish(&log);
    free(table);
    free(pixels);
    free(out);
    return 0;
}
