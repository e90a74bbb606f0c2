#include "evaluate/scores.h"

#include <math.h>

#include "evaluate/distance.h"

/* Of every kind: frames, and those among them with a face. */
enum { FRAMES, MEASURED, FIRST };

double mn_scores_frames(const double *s)
{
    return s[FRAMES];
}

static double coverage(const double *s)
{
    return s[MEASURED] / s[FRAMES];
}

static double frames(const double *s)
{
    return s[FRAMES];
}

/* ---------------------------------------------------------------------------------- units ---- */

/* Frames by presence in the label and in the tool; sums over frames with both intensities, where x
 * is the label and y the tool. */
enum { TP = FIRST, FP, FN, TN, N, X, Y, XX, YY, XY, DISTANCE, UNIT_SUMS };

void mn_scores_unit(double *s, const struct mn_unit_frame *f)
{
    const double x = f->label, y = f->tool;
    s[FRAMES]++;
    s[MEASURED] += f->measured;
    if (f->has_presence)
        s[f->label_present ? f->tool_present ? TP : FN : f->tool_present ? FP : TN]++;
    if (!f->has_intensity)
        return;
    s[N]++;
    s[X] += x;
    s[Y] += y;
    s[XX] += x * x;
    s[YY] += y * y;
    s[XY] += x * y;
    s[DISTANCE] += fabs(x - y);
}

static double coded(const double *s)
{
    return s[TP] + s[FP] + s[FN] + s[TN];
}

static double base_label(const double *s)
{
    return (s[TP] + s[FN]) / coded(s);
}

static double base_tool(const double *s)
{
    return (s[TP] + s[FP]) / coded(s);
}

static double f1(const double *s)
{
    return 2 * s[TP] / (2 * s[TP] + s[FP] + s[FN]);
}

static double precision(const double *s)
{
    return s[TP] / (s[TP] + s[FP]);
}

static double recall(const double *s)
{
    return s[TP] / (s[TP] + s[FN]);
}

/* Cohen's. */
static double kappa(const double *s)
{
    const double n = coded(s), agreed = (s[TP] + s[TN]) / n;
    const double label = base_label(s), tool = base_tool(s);
    const double chance = label * tool + (1 - label) * (1 - tool);
    return chance < 1 ? (agreed - chance) / (1 - chance) : NAN;
}

/* Matthews' correlation coefficient. */
static double mcc(const double *s)
{
    const double below = (s[TP] + s[FP]) * (s[TP] + s[FN]) * (s[TN] + s[FP]) * (s[TN] + s[FN]);
    return below > 0 ? (s[TP] * s[TN] - s[FP] * s[FN]) / sqrt(below) : NAN;
}

/* Sums of squares and products about the means. */
struct moments {
    double n, mx, my, xx, yy, xy;
};

static struct moments moments_of(const double *s)
{
    struct moments m = {.n = s[N], .mx = s[X] / s[N], .my = s[Y] / s[N]};
    m.xx = fmax(0, s[XX] - m.n * m.mx * m.mx);
    m.yy = fmax(0, s[YY] - m.n * m.my * m.my);
    m.xy = s[XY] - m.n * m.mx * m.my;
    return m;
}

/* Pearson's. Rounding leaves less than this share of a sum of squares that is 0. */
static double pcc(const double *s)
{
    const struct moments m = moments_of(s);
    const bool varies = m.xx > 1e-12 * s[XX] && m.yy > 1e-12 * s[YY];
    return varies ? m.xy / sqrt(m.xx * m.yy) : NAN;
}

/* Lin's concordance, with variances divided by n. */
static double ccc(const double *s)
{
    const struct moments m = moments_of(s);
    const double below = m.xx + m.yy + m.n * (m.mx - m.my) * (m.mx - m.my);
    return below > 0 ? 2 * m.xy / below : NAN;
}

/* Shrout and Fleiss with two raters: mean squares between frames, between raters, and the rest. */
struct squares {
    double n, between, raters, rest;
};

static struct squares squares_of(const double *s)
{
    const struct moments m = moments_of(s);
    return (struct squares){.n = m.n,
                            .between = (m.xx + m.yy + 2 * m.xy) / 2 / (m.n - 1),
                            .raters = m.n * (m.mx - m.my) * (m.mx - m.my) / 2,
                            .rest = (m.xx + m.yy - 2 * m.xy) / 2 / (m.n - 1)};
}

static double ratio(double above, double below)
{
    return below != 0 ? above / below : NAN;
}

static double icc21(const double *s)
{
    const struct squares q = squares_of(s);
    if (!(q.n > 1))
        return NAN;
    return ratio(q.between - q.rest, q.between + q.rest + 2 * (q.raters - q.rest) / q.n);
}

static double icc31(const double *s)
{
    const struct squares q = squares_of(s);
    return q.n > 1 ? ratio(q.between - q.rest, q.between + q.rest) : NAN;
}

static double mae(const double *s)
{
    return s[DISTANCE] / s[N];
}

static double bias(const double *s)
{
    return (s[Y] - s[X]) / s[N];
}

static const struct mn_metric unit_metrics[] = {
    {"n", "frames", frames},
    {"coverage", "share of frames with a face", coverage},
    {"base_rate_label", "share of frames in which the label has the unit", base_label},
    {"base_rate_tool", "the same of the tool", base_tool},
    {"f1", "2 TP / (2 TP + FP + FN)", f1},
    {"precision", "TP / (TP + FP)", precision},
    {"recall", "TP / (TP + FN)", recall},
    {"kappa", "Cohen's kappa", kappa},
    {"mcc", "Matthews' correlation", mcc},
    {"pcc", "Pearson's correlation of intensities", pcc},
    {"ccc", "Lin's concordance of intensities", ccc},
    {"icc21", "ICC(2,1): two-way random, absolute agreement, single rater", icc21},
    {"icc31", "ICC(3,1): two-way mixed, consistency, single rater", icc31},
    {"mae", "mean absolute difference of intensities", mae},
    {"bias", "mean of tool minus label", bias},
};
const struct mn_kind mn_kind_unit = {"unit", UNIT_SUMS,
                                     sizeof(unit_metrics) / sizeof(unit_metrics[0]), unit_metrics};

/* --------------------------------------------------------------------------------- errors ---- */

/* Errors are counted in cells, so that percentiles can be added. Percentiles are therefore exact to
 * the width of a cell. */
enum {
    CELLS = 3600,
    SUM = FIRST,
    FAILED,
    YAW,
    PITCH,
    YAW_SIZE,
    PITCH_SIZE,
    CELL,
    ERROR_SUMS = CELL + CELLS
};
_Static_assert((int)ERROR_SUMS <= (int)MN_SCORES_SUMS, "room for the sums");
#define GAZE_CELL 0.05      /* degrees: up to 180 */
#define LANDMARKS_CELL 0.01 /* percent: up to 36 */

static void add_error(double *s, double error, double width)
{
    const int cell = (int)fmin(error / width, CELLS - 1);
    s[SUM] += error;
    s[CELL + cell]++;
}

static double counted(const double *s)
{
    double n = 0;
    for (int i = 0; i < CELLS; i++)
        n += s[CELL + i];
    return n;
}

static double mean(const double *s)
{
    return s[SUM] / counted(s);
}

/* Within a cell linearly. */
static double percentile(const double *s, double percent, double width)
{
    const double rank = percent / 100 * counted(s);
    double before = 0;
    for (int i = 0; i < CELLS; i++) {
        const double here = s[CELL + i];
        if (here > 0 && before + here >= rank)
            return (i + fmax(0, rank - before) / here) * width;
        before += here;
    }
    return NAN;
}

/* ----------------------------------------------------------------------------------- gaze ---- */

void mn_scores_gaze(double *s, bool measured, double label_yaw, double label_pitch, double tool_yaw,
                    double tool_pitch)
{
    const double radians = 3.14159265358979323846 / 180;
    double label[3], tool[3];
    mn_distance_direction(label_yaw * radians, label_pitch * radians, label);
    mn_distance_direction(tool_yaw * radians, tool_pitch * radians, tool);
    const double yaw = remainder(tool_yaw - label_yaw, 360), pitch = tool_pitch - label_pitch;
    s[FRAMES]++;
    s[MEASURED] += measured;
    s[YAW] += yaw;
    s[PITCH] += pitch;
    s[YAW_SIZE] += fabs(yaw);
    s[PITCH_SIZE] += fabs(pitch);
    add_error(s, mn_distance_angle(label, tool), GAZE_CELL);
}

static double gaze_median(const double *s)
{
    return percentile(s, 50, GAZE_CELL);
}

static double gaze_p95(const double *s)
{
    return percentile(s, 95, GAZE_CELL);
}

static double yaw_bias(const double *s)
{
    return s[YAW] / s[FRAMES];
}

static double pitch_bias(const double *s)
{
    return s[PITCH] / s[FRAMES];
}

static double yaw_mae(const double *s)
{
    return s[YAW_SIZE] / s[FRAMES];
}

static double pitch_mae(const double *s)
{
    return s[PITCH_SIZE] / s[FRAMES];
}

static const struct mn_metric gaze_metrics[] = {
    {"n", "frames", frames},
    {"coverage", "share of frames with a face", coverage},
    {"mean", "mean angle between the directions, degrees", mean},
    {"median", "median angle", gaze_median},
    {"p95", "95th percentile of the angle", gaze_p95},
    {"yaw_mae", "mean absolute difference of yaw", yaw_mae},
    {"pitch_mae", "mean absolute difference of pitch", pitch_mae},
    {"yaw_bias", "mean of tool minus label", yaw_bias},
    {"pitch_bias", "mean of tool minus label", pitch_bias},
};
const struct mn_kind mn_kind_gaze = {"gaze", ERROR_SUMS,
                                     sizeof(gaze_metrics) / sizeof(gaze_metrics[0]), gaze_metrics};

/* ------------------------------------------------------------------------------ landmarks ---- */

void mn_scores_landmarks(double *s, bool measured, double error)
{
    s[FRAMES]++;
    s[MEASURED] += measured;
    s[FAILED] += !measured || error > MN_SCORES_FAILURE;
    if (measured)
        add_error(s, error, LANDMARKS_CELL);
}

static double landmarks_median(const double *s)
{
    return percentile(s, 50, LANDMARKS_CELL);
}

static double landmarks_p95(const double *s)
{
    return percentile(s, 95, LANDMARKS_CELL);
}

static double failures(const double *s)
{
    return s[FAILED] / s[FRAMES];
}

/* Area under the share of faces whose error is at most e, for e from 0 to the limit of failures. */
static double auc(const double *s)
{
    const int last = (int)(MN_SCORES_FAILURE / LANDMARKS_CELL);
    double area = 0;
    for (int i = 0; i < last; i++)
        area += s[CELL + i] * (last - i - 0.5);
    return area / last / s[FRAMES];
}

static const struct mn_metric landmark_metrics[] = {
    {"n", "faces", frames},
    {"coverage", "share of faces that were found", coverage},
    {"mean", "mean distance of the landmarks, % of that of the outer eye corners", mean},
    {"median", "median of it", landmarks_median},
    {"p95", "95th percentile of it", landmarks_p95},
    {"failures", "share of faces with more than 8 %", failures},
    {"auc", "area under the curve of errors up to 8 %, 0 to 1", auc},
};
const struct mn_kind mn_kind_landmarks = {"landmarks", ERROR_SUMS,
                                          sizeof(landmark_metrics) / sizeof(landmark_metrics[0]),
                                          landmark_metrics};
