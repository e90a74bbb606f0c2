/* Three picture buffers, so that neither thread waits for the other:
 *
 *   drawing   used by the thread of the loop
 *   waiting   used by no thread; exchanged with `drawing` or `showing` under the lock
 *   showing   used by the main thread
 *
 * The loop waits only at the gate, while the user has paused a file. */
#include "sink/display.h"

#include <stdlib.h>
#include <string.h>

#include "io/msg.h"
#include "io/signal.h"
#include "report/monitor.h"

#ifdef MN_HAVE_SDL

#include <SDL.h>
#include <dlfcn.h>
#include <stdio.h>

#include "base/clock.h"
#include "sink/overlay.h"

#define POLL_INTERVAL 30 /* milliseconds between two checks for keys and pictures, at most */

/* SDL is loaded when a window is requested. It loads some forty libraries: 15 MB and 30 ms that
 * other runs do not need. */
/* clang-format off */
#define SDL_FUNCTIONS(X) \
    X(SDL_Init) \
    X(SDL_Quit) \
    X(SDL_SetHint) \
    X(SDL_GetError) \
    X(SDL_CreateWindow) \
    X(SDL_DestroyWindow) \
    X(SDL_CreateRenderer) \
    X(SDL_DestroyRenderer) \
    X(SDL_CreateTexture) \
    X(SDL_DestroyTexture) \
    X(SDL_UpdateYUVTexture) \
    X(SDL_RenderSetLogicalSize) \
    X(SDL_RenderClear) \
    X(SDL_RenderCopy) \
    X(SDL_RenderPresent) \
    X(SDL_WaitEventTimeout) \
    X(SDL_GetDisplayUsableBounds) \
    X(SDL_RegisterEvents) \
    X(SDL_PushEvent) \
    X(SDL_GetCurrentVideoDriver)
/* clang-format on */

static struct {
#define X(name) __typeof__(&name) name;
    SDL_FUNCTIONS(X)
#undef X
} sdl;

struct planes {
    uint8_t *memory[2]; /* without and with the overlay; 4:2:0 planes one after the other */
};

static struct display {
    SDL_Window *window; /* this and the members down to clear: main thread only */
    SDL_Renderer *renderer;
    SDL_Texture *texture;
    bool clear; /* without the overlay */
    char title[200];
    Uint32 news; /* number of the event that announces a new picture */
    struct mn_wakeup *wakeup;
    bool patient; /* the source waits, so it can be paused */

    pthread_mutex_t lock; /* of the members down to shown */
    pthread_cond_t gate;
    bool open, paused, quit, ended;
    int steps;         /* pictures that may still pass the gate while paused */
    int width, height; /* even; 0 before the first picture */
    double shape;      /* of a pixel, width to height */
    struct planes *waiting;
    bool fresh;
    struct mn_rate shown;

    struct planes buffer[3], *drawing, *showing;
} d = {.lock = PTHREAD_MUTEX_INITIALIZER, .gate = PTHREAD_COND_INITIALIZER};

static bool load(void)
{
#if defined(__APPLE__)
    const char *name = "libSDL2-2.0.0.dylib";
#else
    const char *name = "libSDL2-2.0.so.0";
#endif
    void *lib = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!lib)
        return false;
#define X(f)                           \
    *(void **)&sdl.f = dlsym(lib, #f); \
    if (!sdl.f)                        \
        return false;
    SDL_FUNCTIONS(X)
#undef X
    return true;
}

/* Without a screen SDL chooses a driver that draws into memory, so the window would be invisible. A
 * driver that the user chose is accepted. */
static bool is_invisible(void)
{
    const char *driver = sdl.SDL_GetCurrentVideoDriver();
    return !getenv("SDL_VIDEODRIVER") && driver &&
           (!strcmp(driver, "offscreen") || !strcmp(driver, "dummy") || !strcmp(driver, "evdev"));
}

int mn_display_open(const char *title, bool patient, struct mn_wakeup *wakeup)
{
    if (!load())
        return mn_fail(MIEN_ENOTBUILT,
                       "--view needs SDL 2, which is not installed; install libsdl2-2.0-0, "
                       "or run without --view");
    sdl.SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1"); /* Ctrl-C is handled by io/signal.c */
    sdl.SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
    sdl.SDL_SetHint(SDL_HINT_RENDER_SCALE_QUALITY, "linear");
    if (sdl.SDL_Init(SDL_INIT_VIDEO) < 0)
        return mn_fail(MIEN_EOUTPUT,
                       "cannot open a window: %s; run without --view, or set DISPLAY to a screen",
                       sdl.SDL_GetError());
    if (is_invisible()) {
        sdl.SDL_Quit();
        return mn_fail(
            MIEN_EOUTPUT,
            "cannot open a window: there is no screen; run without --view, or set DISPLAY to a "
            "screen");
    }
    snprintf(d.title, sizeof(d.title), "mien: %s", title);
    d.news = sdl.SDL_RegisterEvents(1);
    d.wakeup = wakeup;
    d.patient = patient;
    d.drawing = &d.buffer[0];
    d.waiting = &d.buffer[1];
    d.showing = &d.buffer[2];
    d.open = true;
    return 0;
}

void mn_display_close(void)
{
    if (!d.open)
        return;
    if (d.texture)
        sdl.SDL_DestroyTexture(d.texture);
    if (d.renderer)
        sdl.SDL_DestroyRenderer(d.renderer);
    if (d.window)
        sdl.SDL_DestroyWindow(d.window);
    sdl.SDL_Quit();
    for (int i = 0; i < 6; i++)
        free(d.buffer[i / 2].memory[i % 2]);
    d.open = false;
}

/* ------------------------------------------------------------------------- the main thread ---- */

static size_t plane_size(int width, int height)
{
    return (size_t)width * (size_t)height;
}

static struct mn_canvas canvas_of(uint8_t *memory)
{
    size_t n = plane_size(d.width, d.height);
    return (struct mn_canvas){
        .width = d.width,
        .height = d.height,
        .plane = {memory, memory + n, memory + n + n / 4},
        .stride = {d.width, d.width / 2, d.width / 2},
    };
}

/* As large as the picture, if the screen is large enough. */
static bool open_window(void)
{
    SDL_Rect screen = {0, 0, 1280, 720};
    sdl.SDL_GetDisplayUsableBounds(0, &screen);
    double w = d.width * d.shape, h = d.height, scale = 1;
    if (w > screen.w * 0.95)
        scale = screen.w * 0.95 / w;
    if (h * scale > screen.h * 0.9)
        scale = screen.h * 0.9 / h;
    w = w * scale < 1 ? 1 : w * scale;
    h = h * scale < 1 ? 1 : h * scale;
    d.window = sdl.SDL_CreateWindow(d.title, SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, (int)w,
                                    (int)h, SDL_WINDOW_RESIZABLE);
    if (d.window)
        d.renderer = sdl.SDL_CreateRenderer(d.window, -1, 0);
    if (d.renderer)
        d.texture = sdl.SDL_CreateTexture(d.renderer, SDL_PIXELFORMAT_IYUV,
                                          SDL_TEXTUREACCESS_STREAMING, d.width, d.height);
    if (!d.texture)
        return false;
    /* keeps the proportions of the picture when the user resizes the window */
    sdl.SDL_RenderSetLogicalSize(d.renderer, (int)(d.width * d.shape + 0.5), d.height);
    return true;
}

static void show(void)
{
    const struct mn_canvas c = canvas_of(d.showing->memory[!d.clear]);
    sdl.SDL_UpdateYUVTexture(d.texture, NULL, c.plane[0], c.stride[0], c.plane[1], c.stride[1],
                             c.plane[2], c.stride[2]);
    sdl.SDL_RenderClear(d.renderer);
    sdl.SDL_RenderCopy(d.renderer, d.texture, NULL, NULL);
    sdl.SDL_RenderPresent(d.renderer);
}

/* step: lets one picture pass; otherwise pauses or continues. */
static void pause_or_step(bool step)
{
    pthread_mutex_lock(&d.lock);
    d.steps += step && d.paused;
    d.paused = d.patient && (step || !d.paused);
    pthread_cond_broadcast(&d.gate);
    pthread_mutex_unlock(&d.lock);
}

/* Ends the run. */
static void quit_run(void)
{
    pthread_mutex_lock(&d.lock);
    d.quit = true;
    pthread_cond_broadcast(&d.gate);
    pthread_mutex_unlock(&d.lock);
    mn_wakeup_ring(d.wakeup);
}

/* Returns true if the picture must be drawn again. */
static bool handle(const SDL_Event *e)
{
    SDL_Keycode key = e->type == SDL_KEYDOWN ? e->key.keysym.sym : SDLK_UNKNOWN;
    if (e->type == SDL_QUIT || key == SDLK_q || key == SDLK_ESCAPE)
        quit_run();
    else if (key == SDLK_SPACE || key == SDLK_s)
        pause_or_step(key == SDLK_s);
    else if (key == SDLK_o)
        d.clear = !d.clear;
    return e->type == SDL_WINDOWEVENT || key == SDLK_o;
}

/* Exchanges the buffers if a new picture waits. */
static bool take_waiting(bool *ended)
{
    pthread_mutex_lock(&d.lock);
    bool fresh = d.fresh;
    if (fresh) {
        struct planes *p = d.waiting;
        d.waiting = d.showing;
        d.showing = p;
        d.fresh = false;
        mn_rate_add(&d.shown, mn_now());
    }
    *ended = d.ended;
    pthread_mutex_unlock(&d.lock);
    return fresh;
}

int mn_display_run(void)
{
    bool ended = false, again = false;
    int err = 0;
    while (!ended) {
        SDL_Event e;
        int timeout = POLL_INTERVAL;
        while (sdl.SDL_WaitEventTimeout(&e, timeout)) {
            again = handle(&e) || again;
            timeout = 0;
        }
        bool fresh = take_waiting(&ended);
        if (fresh && !d.window && err == 0 && !open_window()) {
            err = mn_fail(MIEN_EOUTPUT, "cannot open a window: %s; run without --view",
                          sdl.SDL_GetError());
            quit_run();
        }
        if ((fresh || again) && d.texture)
            show();
        again = again && !d.texture;
    }
    return err;
}

/* ------------------------------------------------------------------------ the loop's thread ----
 */

static bool quits(const struct mn_sink *s)
{
    pthread_mutex_lock(&d.lock);
    bool quit = d.quit;
    pthread_mutex_unlock(&d.lock);
    return quit;
}

static void announce(void)
{
    SDL_Event e = {.type = d.news};
    sdl.SDL_PushEvent(&e); /* any thread may do so */
}

void mn_display_end(void)
{
    pthread_mutex_lock(&d.lock);
    d.ended = true;
    pthread_mutex_unlock(&d.lock);
    announce();
}

static struct mn_rate shown(const struct mn_sink *s)
{
    pthread_mutex_lock(&d.lock);
    struct mn_rate rate = d.shown;
    pthread_mutex_unlock(&d.lock);
    return rate;
}

struct window {
    struct mn_sink base;
    const struct mn_monitor *monitor;
    struct mn_layout layout;
};

static int open_sink(struct mn_sink **out, const char *path, bool force)
{
    struct window *w = calloc(1, sizeof(*w));
    if (!w)
        return MIEN_ENOMEM;
    w->base.info = &mn_sink_display;
    *out = &w->base;
    return 0;
}

static int begin(struct mn_sink *base, const struct mn_stream *stream)
{
    struct window *w = (struct window *)base;
    w->monitor = stream->monitor;
    w->layout = stream->layout;
    int width = stream->width & ~1, height = stream->height & ~1;
    if (width < 2 || height < 2)
        return mn_fail(MIEN_EDIMENSIONS,
                       "pictures of %d x %d pixels are too small for a window; run without "
                       "--view",
                       stream->width, stream->height);
    for (int i = 0; i < 6; i++) {
        uint8_t **p = &d.buffer[i / 2].memory[i % 2];
        *p = malloc(plane_size(width, height) * 3 / 2);
        if (!*p)
            return MIEN_ENOMEM;
    }
    double shape = stream->sar_num > 0 ? (double)stream->sar_num / stream->sar_den : 1;
    pthread_mutex_lock(&d.lock);
    d.width = width;
    d.height = height;
    d.shape = shape > 0.1 && shape < 10 ? shape : 1;
    pthread_mutex_unlock(&d.lock);
    return 0;
}

/* Waits while the user has paused a file. In slices, because a signal does not end the wait. */
static void wait_at_gate(void)
{
    pthread_mutex_lock(&d.lock);
    while (d.paused && !d.steps && !d.quit && !mn_signal_received) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 50000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&d.gate, &d.lock, &until);
    }
    if (d.steps)
        d.steps--;
    pthread_mutex_unlock(&d.lock);
}

static int frame(struct mn_sink *base, const struct mn_result *r)
{
    const mien_frame *f = r->frame;
    const struct window *w = (const struct window *)base;
    struct mn_canvas plain = canvas_of(d.drawing->memory[0]),
                     drawn = canvas_of(d.drawing->memory[1]);
    if ((f->picture.width & ~1) != d.width || (f->picture.height & ~1) != d.height)
        return 0; /* not expected: the source scales all pictures to one size */
    mn_canvas_copy(&plain, &f->picture);
    memcpy(drawn.plane[0], plain.plane[0], plane_size(d.width, d.height) * 3 / 2);
    char status[100] = "";
    if (w->monitor)
        snprintf(status, sizeof(status), "%.1f fps  latency %.0f ms",
                 mn_rate_recent(&w->monitor->delivered), mn_monitor_recent(w->monitor, 0.5) * 1e3);
    mn_overlay_draw(&drawn, r, &w->layout, status);

    pthread_mutex_lock(&d.lock);
    struct planes *p = d.waiting;
    d.waiting = d.drawing;
    d.drawing = p;
    d.fresh = true;
    pthread_mutex_unlock(&d.lock);
    announce();
    wait_at_gate();
    return 0;
}

static int finish(struct mn_sink *base, bool complete)
{
    free(base);
    return 0;
}

const struct mn_sink_info mn_sink_display = {
    .name = "display",
    .role = MN_SINK_VIEW,
    .streams = true,
    .open = open_sink,
    .begin = begin,
    .frame = frame,
    .finish = finish,
    .shown = shown,
    .quits = quits,
};

#else

const struct mn_sink_info mn_sink_display = {
    .name = "display",
    .role = MN_SINK_VIEW,
    .streams = true,
    .missing = "this mien was built without windows (they need SDL 2); run without --view",
};

int mn_display_open(const char *title, bool patient, struct mn_wakeup *wakeup)
{
    return mn_fail(MIEN_ENOTBUILT, "--view: %s", mn_sink_display.missing);
}

int mn_display_run(void)
{
    return 0;
}

void mn_display_close(void)
{
}

void mn_display_end(void)
{
}

#endif
