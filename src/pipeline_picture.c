/* The short way: one picture through an idle pipeline. */
#include "base/log.h"
#include "pipeline_state.h"

#define SMALLER(a, b) ((a) < (b) ? (a) : (b))

/* Ready for a new stream: nothing was sent, or all of it was received. */
static int make_idle(mien_pipeline *p)
{
    if (!p->in_stream && !p->ended)
        return 0;
    if (!mn_exec_at_end(p->exec))
        return mn_log_fail(MIEN_EINVAL, "mien_analyse_picture: the pipeline is not idle; end its "
                                        "stream and receive all frames first");
    return mien_reset(p);
}

static int send(mien_pipeline *p, const mien_picture *picture)
{
    mien_frame *f;
    int err = mien_acquire(p, &f);
    if (err < 0)
        return mn_log_fail(MIEN_EINVAL, "mien_analyse_picture: all frames are acquired; release "
                                        "them first");
    err = mien_frame_wrap(f, picture, 0, 0, NULL, NULL);
    if (err == 0)
        err = mien_send(p, &f);
    if (err < 0)
        mien_release(p, &f);
    return err < 0 ? err : mien_send(p, NULL);
}

static int receive(mien_pipeline *p, mien_face *faces, int max, int *n)
{
    mien_frame *f;
    int err = mien_receive(p, &f, 1);
    if (err < 0)
        return err;
    err = f->error;
    *n = f->num_faces;
    for (int i = 0; i < SMALLER(*n, max); i++)
        faces[i] = *mien_frame_face(f, i);
    mien_release(p, &f);
    while (mien_receive(p, &f, 1) == 0) /* MIEN_EEOF */
        mien_release(p, &f);
    return err;
}

int mien_analyse_picture(mien_pipeline *p, const mien_picture *picture, mien_face *faces, int max,
                         int *n)
{
    int none;
    if (!n)
        n = &none;
    *n = 0;
    if (!p || !picture || (!faces && max > 0))
        return mn_log_fail_null();
    mn_log_forget(&p->log);
    int err = make_idle(p);
    if (err == 0)
        err = send(p, picture);
    if (err < 0)
        return err;
    err = receive(p, faces, max, n);
    mien_reset(p);
    return err < 0 ? mn_log_conclude(&p->log, err) : 0;
}
