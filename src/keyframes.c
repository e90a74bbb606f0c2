#include "keyframes.h"

#define DETECT_EVERY 5
#define KEY_GAP 0.5         /* seconds */
#define DETECT_EVERY_FAR 10 /* with the refiner or the face mesh */
#define KEY_GAP_FAR 0.7
#define ANCHOR_EVERY 5 /* frames */

/* Networks that were trained on a detector's own boxes react to a crop that is shifted by one
 * pixel: gaze networks and the multitask network. The built-in gaze network crops by landmarks, and
 * landmarks are found from any good box, so for these, boxes may be interpolated over a short time
 * (docs/accuracy.md). Refined landmarks start from those of neighbouring frames
 * (stage/landmark_interp.c), and the face mesh looks again where its square was off, so these
 * depend on boxes even less.
 */
bool mn_keyframes_tolerated(const struct mn_context *ctx)
{
    const struct mn_loaded *gaze = &ctx->model[MN_ROLE_GAZE];
    if (ctx->settings.analysis & MIEN_MTL)
        return false;
    return !(ctx->settings.analysis & MIEN_GAZE) || (gaze->info && gaze->info->builtin);
}

static void resolve_detect_every(struct mn_context *ctx, bool refined, bool looks_ahead)
{
    mien_settings *s = &ctx->settings;
    const bool far = refined || ctx->mesh_landmarks;
    if (s->detect_every == 0 && looks_ahead && mn_keyframes_tolerated(ctx)) {
        s->detect_every = far ? DETECT_EVERY_FAR : DETECT_EVERY;
        ctx->key_gap = far ? KEY_GAP_FAR : KEY_GAP;
    }
    if (s->detect_every == 0)
        s->detect_every = 1;
}

static void resolve_frames(mien_settings *s, bool key_frames)
{
    const int held = key_frames; /* the newest frame, until it is known whether it is the last */
    const int least = s->detect_every + s->max_workers + 1 + held; /* with fewer: a deadlock */
    /* with several workers, two key frames in flight, so that the boxes of the next one are there
     * in time */
    const int intervals = s->detect_every > 1 && s->max_workers > 1 ? 2 : 1;
    if (s->frames == 0)
        s->frames = intervals * s->detect_every + s->max_workers + 3 + held;
    else if (s->frames < least)
        s->frames = least;
}

void mn_keyframes_resolve(struct mn_context *ctx)
{
    mien_settings *s = &ctx->settings;
    const bool refined = ctx->has_refiner && mn_finds_landmarks(ctx);
    const bool looks_ahead = !s->live && !s->external_landmarks && !s->independent_frames;
    resolve_detect_every(ctx, refined, looks_ahead);
    /* between anchors the network does not run, and only it finds 98 landmarks */
    const bool anchors = refined && !(s->analysis & MIEN_LANDMARKS98);
    ctx->anchor_every = anchors && looks_ahead && s->detect_every > 1 ? ANCHOR_EVERY : 1;
    ctx->key_frames = s->detect_every > 1 && !s->live && !s->external_landmarks;
    resolve_frames(s, ctx->key_frames);
}
