#include "models/meter.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "io/msg.h"

static atomic_bool line_shown; /* for mn_meter_wipe, which mn_msg calls without a context */

void mn_meter_wipe(void)
{
    if (atomic_exchange(&line_shown, false))
        fputs("\r\033[K", stderr);
}

void mn_meter_begin(struct mn_meter *m)
{
    *m = (struct mn_meter){.show = isatty(STDERR_FILENO) && mn_msg_level() >= MIEN_LOG_WARNING};
    mn_msg_on_print(mn_meter_wipe);
}

void mn_meter_restart(struct mn_meter *m, const char *label)
{
    m->label = label;
    m->start = 0;
}

void mn_meter_end(void)
{
    mn_meter_wipe();
    mn_msg_on_print(NULL);
}

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void draw(const struct mn_meter *m, int64_t have, int64_t total, double now)
{
    const double mega = 1e-6;
    double rate = now > m->start ? (double)(have - m->first) / (now - m->start) : 0;
    fprintf(stderr, "\r\033[K%s  ", m->label);
    if (total > 0)
        fprintf(stderr, "%d%%  %.1f of %.1f MB", (int)(100 * have / total), (double)have * mega,
                (double)total * mega);
    else
        fprintf(stderr, "%.1f MB", (double)have * mega);
    fprintf(stderr, "  %.1f MB/s", rate * mega);
    line_shown = true;
}

void mn_meter_update(struct mn_meter *m, int64_t have, int64_t total)
{
    double now = m->show ? seconds_now() : 0;
    if (m->start == 0 || have < m->first) {
        m->start = now;
        m->first = have;
    }
    if (m->show && have > 0 && now - m->last > 0.1) {
        draw(m, have, total, now);
        m->last = now;
    }
}
