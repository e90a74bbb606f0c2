/* Boxes are x1, y1, x2, y2 in pixels; squares may be turned. */
#ifndef MN_IMAGE_BOX_H
#define MN_IMAGE_BOX_H

/* Centre in pixels from the top left corner of the picture, side in pixels, and the direction of
 * its upper edge in radians: 0 is right, pi / 2 down. */
struct mn_square {
    float x, y, side, angle;
};

static inline float mn_box_area(const float b[4])
{
    return (b[2] - b[0]) * (b[3] - b[1]);
}

static inline float mn_box_max_side(const float b[4])
{
    float w = b[2] - b[0], h = b[3] - b[1];
    return w > h ? w : h;
}

static inline float mn_box_min_side(const float b[4])
{
    float w = b[2] - b[0], h = b[3] - b[1];
    return w < h ? w : h;
}

/* Cuts a box to a picture of this size; where it lies outside, its sides meet at the edge. */
static inline void mn_box_clip(float b[4], int width, int height)
{
    for (int i = 0; i < 4; i++) {
        const float most = (float)(i % 2 ? height : width);
        b[i] = b[i] < 0 ? 0 : b[i] > most ? most : b[i];
    }
}

/* Does the edge of a picture of this size cut the box, or nearly so? */
static inline int mn_box_meets_edge(const float b[4], int width, int height)
{
    const float near = 0.05f * mn_box_max_side(b);
    return b[0] < near || b[1] < near || b[2] > (float)width - near || b[3] > (float)height - near;
}

/* Intersection over union, 0..1. */
static inline float mn_box_iou(const float a[4], const float b[4])
{
    float x1 = a[0] > b[0] ? a[0] : b[0], y1 = a[1] > b[1] ? a[1] : b[1];
    float x2 = a[2] < b[2] ? a[2] : b[2], y2 = a[3] < b[3] ? a[3] : b[3];
    if (x2 <= x1 || y2 <= y1)
        return 0;
    float both = (x2 - x1) * (y2 - y1);
    return both / (mn_box_area(a) + mn_box_area(b) - both);
}

#endif
