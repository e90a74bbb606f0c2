#include "stage/people.h"

#include <mien/mien.h>

#include "base/mem.h"

int mn_people_open(struct mn_people *p, size_t size, int max)
{
    *p = (struct mn_people){.size = size, .room = max, .max = max};
    if (max)
        p->entry = mn_alloc_sparse((size_t)max, size);
    return p->entry || !max ? 0 : MIEN_ENOMEM;
}

void mn_people_close(struct mn_people *p)
{
    free(p->entry);
    *p = (struct mn_people){0};
}

static struct mn_person *person(const struct mn_people *p, int i)
{
    return mn_people_at(p, i);
}

void *mn_people_find(const struct mn_people *p, int32_t id)
{
    for (int i = p->num - 1; i >= 0; i--)
        if (person(p, i)->id == id)
            return person(p, i);
    return NULL;
}

static int grow(struct mn_people *p)
{
    char *entry = p->max ? NULL : mn_grow(p->entry, p->num, &p->room, p->size);
    if (!entry)
        return MIEN_ENOMEM;
    p->entry = entry;
    return 0;
}

void *mn_people_add(struct mn_people *p, int32_t id, double now)
{
    if (p->num == p->room && grow(p) < 0)
        return NULL;
    struct mn_person *added = person(p, p->num++);
    memset(added, 0, p->size);
    added->id = id;
    added->seen = now;
    return added;
}

void mn_people_remove(struct mn_people *p, int i)
{
    p->num--;
    memmove(person(p, i), person(p, i + 1), (size_t)(p->num - i) * p->size);
}

void mn_people_forget(struct mn_people *p, double now, double patience)
{
    int kept = 0;
    for (int i = 0; i < p->num; i++) {
        if (now - person(p, i)->seen > patience)
            continue;
        if (kept != i)
            memcpy(person(p, kept), person(p, i), p->size);
        kept++;
    }
    p->num = kept;
}

int mn_people_oldest(const struct mn_people *p)
{
    int oldest = p->num ? 0 : -1;
    for (int i = 1; i < p->num; i++)
        if (person(p, i)->seen < person(p, oldest)->seen)
            oldest = i;
    return oldest;
}
