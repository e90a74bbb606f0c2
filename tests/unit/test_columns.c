/* The table of columns is complete, and each column has a value for a face with all measurements.
 */
#include <mien/columns.h>
#include <string.h>

#include "check.h"

static void table(void)
{
    const mien_column *c;
    int n = 0, units = 0, mien = 0, openface = 0;
    for (; (c = mien_column_at(n)); n++) {
        CHECK(c->name[0] && c->meaning[0] && c->unit && c->range && c->coordinates);
        CHECK(!strchr(c->name, '%'));
        CHECK(c->decimals >= 0 || c->openface_decimals >= 0);
        CHECK(c->analysis == 0 || mien_analysis_name(c->analysis) != NULL);
        units += c->action_unit != 0;
        mien += mien_column_used(n, MIEN_ALL, 0);
        openface += mien_column_used(n, MIEN_ALL, 1);
        CHECK_INT(mien_column_used(n, 0, 0), c->analysis == 0 && c->decimals >= 0);
        for (int k = 0; k < n; k++) { /* columns with the same name are never in the same table */
            const mien_column *other = mien_column_at(k);
            CHECK(strcmp(other->name, c->name) != 0 ||
                  ((other->decimals < 0 || c->decimals < 0) &&
                   (other->openface_decimals < 0 || c->openface_decimals < 0)));
        }
    }
    CHECK_INT(units, MIEN_AU_INTENSITIES + MIEN_AU_PRESENCES);
    CHECK_STR(mien_column_at(n - 1)->name, "au_final"); /* nothing was cut off */
    CHECK_INT(openface, 714);                           /* columns that OpenFace 2.2 writes */
    CHECK(mien > openface);
    CHECK(!mien_column_at(-1) && !mien_column_at(n + 1));
    CHECK(!mien_column_used(-1, MIEN_ALL, 0) && !mien_column_used(n, MIEN_ALL, 0));
}

static void values(void)
{
    static mien_face face;
    mien_frame f = {.index = 4, .time = 0.5};
    const mien_column *c;
    double v = 77;
    face.id = 3;
    face.yaw = 12;
    face.au.intensity[8] = 2.5f; /* AU12 */
    face.has = MIEN_ALL;
    face.landmark_confidence = 0.75f;
    for (int i = 0; (c = mien_column_at(i)); i++) {
        CHECK_INT(mien_column_value(i, &f, &face, &v), 1);
        if (!strcmp(c->name, "frame"))
            CHECK_NEAR(v, 5, 0);
        if (!strcmp(c->name, "face_id"))
            CHECK_NEAR(v, 3, 0);
        if (!strcmp(c->name, "gaze_yaw"))
            CHECK_NEAR(v, 12, 0);
        if (!strcmp(c->name, "AU12_r"))
            CHECK_NEAR(v, 2.5, 0);
        if (c->of_frame)
            CHECK_INT(mien_column_value(i, &f, NULL, &v), 1);
        if (c->revised)
            CHECK_INT(mien_column_value(i, NULL, &face, &v), 1);
        mien_column_value(i, NULL, NULL, &v);
        CHECK_INT(mien_column_value(i, &f, &face, NULL), 0);
        face.has = 0; /* what was not measured has no value */
        if (c->analysis)
            CHECK_INT(mien_column_value(i, &f, &face, &v), 0);
        face.has = MIEN_ALL;
    }
    v = 77;
    CHECK_INT(mien_column_value(-1, &f, &face, &v), 0);
    CHECK_INT(mien_column_value(100000, &f, &face, &v), 0);
    CHECK_NEAR(v, 77, 0);
}

int main(void)
{
    table();
    values();
    return check_done();
}
