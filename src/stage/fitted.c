#include "stage/fitted.h"

#include <stdlib.h>

int mn_fitted_keep(struct mn_frame *f, int32_t id, const struct mn_clnf_result *result)
{
    if (f->num_fitted == f->room_fitted) { /* grows to the most faces this frame ever had */
        int room = f->num_fitted < f->num_faces ? f->num_faces : f->num_fitted + 1;
        struct mn_fitted *more = realloc(f->fitted, (size_t)room * sizeof(*more));
        if (!more)
            return MIEN_ENOMEM;
        f->fitted = more;
        f->room_fitted = room;
    }
    f->fitted[f->num_fitted].id = id;
    f->fitted[f->num_fitted++].result = *result;
    return 0;
}

const struct mn_clnf_result *mn_fitted_of(const struct mn_frame *f, int32_t id)
{
    for (int i = 0; i < f->num_fitted; i++)
        if (f->fitted[i].id == id)
            return &f->fitted[i].result;
    return NULL;
}
