#include "web/hub.h"

#include <mien/mien.h>
#include <stdlib.h>
#include <string.h>

void mn_web_hub_init(struct mn_web_hub *h)
{
    pthread_mutex_init(&h->lock, NULL);
}

void mn_web_hub_finish(struct mn_web_hub *h)
{
    free(h->picture);
    pthread_mutex_destroy(&h->lock);
}

void mn_web_hub_hello(struct mn_web_hub *h, const char *line)
{
    pthread_mutex_lock(&h->lock);
    if (strlen(line) < MN_WEB_LINE)
        strcpy(h->hello, line);
    pthread_mutex_unlock(&h->lock);
}

void mn_web_hub_line(struct mn_web_hub *h, const char *line)
{
    const size_t n = strlen(line);
    if (n >= MN_WEB_LINE)
        return;
    pthread_mutex_lock(&h->lock);
    memcpy(h->line[h->num_lines++ % MN_WEB_LINES], line, n + 1);
    pthread_mutex_unlock(&h->lock);
}

static void drop(struct mn_web_picture *p)
{
    if (p && --p->references == 0)
        free(p);
}

int mn_web_hub_picture(struct mn_web_hub *h, const void *data, size_t size)
{
    struct mn_web_picture *p = malloc(sizeof(*p) + size);
    if (!p)
        return MIEN_ENOMEM;
    p->references = 1;
    p->size = size;
    memcpy(p->data, data, size);
    pthread_mutex_lock(&h->lock);
    p->number = ++h->num_pictures;
    drop(h->picture);
    h->picture = p;
    pthread_mutex_unlock(&h->lock);
    return 0;
}

struct mn_web_wishes mn_web_hub_wishes(struct mn_web_hub *h)
{
    pthread_mutex_lock(&h->lock);
    const struct mn_web_wishes w = {h->listeners > 0, h->waiting > 0, h->record};
    pthread_mutex_unlock(&h->lock);
    return w;
}

void mn_web_hub_record(struct mn_web_hub *h, bool on)
{
    pthread_mutex_lock(&h->lock);
    h->record = on;
    pthread_mutex_unlock(&h->lock);
}

void mn_web_hub_close(struct mn_web_hub *h)
{
    pthread_mutex_lock(&h->lock);
    h->closing = true;
    pthread_mutex_unlock(&h->lock);
}

static bool has_next(const struct mn_web_hub *h, const struct mn_web_cursor *c)
{
    return c->greeted ? c->next < h->num_lines : h->hello[0] != 0;
}

bool mn_web_hub_has_next(struct mn_web_hub *h, const struct mn_web_cursor *c)
{
    pthread_mutex_lock(&h->lock);
    const bool has = has_next(h, c);
    pthread_mutex_unlock(&h->lock);
    return has;
}

bool mn_web_hub_next(struct mn_web_hub *h, struct mn_web_cursor *c, char *buf)
{
    pthread_mutex_lock(&h->lock);
    const bool has = has_next(h, c);
    if (has && !c->greeted) {
        strcpy(buf, h->hello);
        c->greeted = true;
        c->next = h->num_lines;
    } else if (has) {
        if (c->next + MN_WEB_LINES < h->num_lines)
            c->next = h->num_lines - MN_WEB_LINES;
        strcpy(buf, h->line[c->next++ % MN_WEB_LINES]);
    }
    pthread_mutex_unlock(&h->lock);
    return has;
}

struct mn_web_picture *mn_web_hub_take(struct mn_web_hub *h, uint64_t after)
{
    pthread_mutex_lock(&h->lock);
    struct mn_web_picture *p = h->picture && h->picture->number > after ? h->picture : NULL;
    if (p)
        p->references++;
    pthread_mutex_unlock(&h->lock);
    return p;
}

void mn_web_hub_release(struct mn_web_hub *h, struct mn_web_picture *p)
{
    pthread_mutex_lock(&h->lock);
    drop(p);
    pthread_mutex_unlock(&h->lock);
}

void mn_web_hub_count(struct mn_web_hub *h, int listeners, int waiting)
{
    pthread_mutex_lock(&h->lock);
    h->listeners += listeners;
    h->waiting += waiting;
    pthread_mutex_unlock(&h->lock);
}

bool mn_web_hub_closing(struct mn_web_hub *h)
{
    pthread_mutex_lock(&h->lock);
    const bool closing = h->closing;
    pthread_mutex_unlock(&h->lock);
    return closing;
}
