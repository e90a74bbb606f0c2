/* One picture in, faces out, with the library alone. The picture is a binary PPM file (P6, 8 bits),
 * as any image tool writes it.
 *
 *     cc still.c -lmien -o still && ./still photo.ppm
 *
 * uses the models that come with mien; ./still FOLDER photo.ppm uses others. */
#include <mien/mien.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned char *read_ppm(const char *name, int *w, int *h)
{
    FILE *f = fopen(name, "rb");
    int max;
    if (!f || fscanf(f, "P6 %d %d %d", w, h, &max) != 3 || max != 255 || *w < 1 || *h < 1 ||
        *w > MIEN_MAX_SIDE || *h > MIEN_MAX_SIDE || fgetc(f) == EOF) {
        if (f)
            fclose(f);
        return NULL;
    }
    size_t size = (size_t)*w * (size_t)*h * 3;
    unsigned char *p = malloc(size);
    if (p && fread(p, 1, size, f) != size) {
        free(p);
        p = NULL;
    }
    fclose(f);
    for (size_t i = 0; p && i < size; i += 3) { /* R, G, B to B, G, R */
        unsigned char r = p[i];
        p[i] = p[i + 2];
        p[i + 2] = r;
    }
    return p;
}

int main(int argc, char **argv)
{
    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: still [MODELS] PICTURE.ppm\n");
        return 2;
    }
    mien_picture pic = {.format = MIEN_BGR24};
    const char *name = argv[argc - 1];
    unsigned char *pixels = read_ppm(name, &pic.width, &pic.height);
    if (!pixels) {
        fprintf(stderr, "still: %s is not a binary PPM picture\n", name);
        return 1;
    }
    pic.plane[0] = pixels;
    pic.stride[0] = 3 * pic.width;

    mien_settings s;
    mien_settings_init(&s);
    s.models = argc == 3 ? argv[1] : NULL;
    s.independent_frames = 1;
    mien_pipeline *p;
    mien_face faces[16];
    int n = 0, err = mien_open(&p, &s);
    if (err == 0)
        err = mien_analyse_picture(p, &pic, faces, 16, &n);
    if (err < 0)
        fprintf(stderr, "still: %s\n", mien_last_message());
    for (int i = 0; i < n && i < 16; i++) {
        const float *b = faces[i].box;
        printf("face at (%.0f, %.0f), %.0f x %.0f pixels: yaw %+.1f, pitch %+.1f degrees\n",
               (double)b[0], (double)b[1], (double)(b[2] - b[0]), (double)(b[3] - b[1]),
               (double)faces[i].yaw, (double)faces[i].pitch);
    }
    mien_close(&p);
    free(pixels);
    return err ? 1 : 0;
}
