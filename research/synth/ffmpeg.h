/* Everything of FFmpeg: pictures of the assets in, pictures and clips out. */
#ifndef SY_FFMPEG_H
#define SY_FFMPEG_H

#include <stdint.h>

/* The first picture of a file as RGBA bytes from malloc. 0 or MIEN_E*, sentence in why[SY_WHY]. */
int sy_picture_read(const char *path, uint8_t **rgba, int *width, int *height, char *why);

/* One PNG of RGB bytes, 3 * width a row. */
int sy_png_write(const char *path, const uint8_t *rgb, int width, int height, char *why);

struct sy_video;
int sy_video_open(struct sy_video **out, const char *path, int width, int height, int rate,
                  char *why);
int sy_video_add(struct sy_video *f, const uint8_t *rgb, char *why);
/* Finishes the file; *f is NULL afterwards, also on failure. */
int sy_video_close(struct sy_video **f, char *why);

#endif
