/* The window of `mien run --view`. SDL needs the main thread, so the loop runs in another one:
 *
 *     main thread                             thread of the loop
 *     mn_display_open                         the sink's frame() draws and leaves the picture
 *     mn_display_run: events, shows pictures  the sink's quits(): did the user close the window?
 *     mn_display_close                        mn_display_end: nothing more will be shown
 *
 * There is one window, as SDL has one queue of events. Only display.c knows SDL, and loads it when
 * a window is requested: without --view neither a window system nor SDL is needed. */
#ifndef MN_CLI_DISPLAY_H
#define MN_CLI_DISPLAY_H

#include "io/wakeup.h"
#include "sink/sink.h"

/* title: name of the source. patient: the source waits, so the user can pause and step it. wakeup
 * is rung when the user ends the run. Reports its errors: MIEN_ENOTBUILT, MIEN_EOUTPUT. */
int mn_display_open(const char *title, bool patient, struct mn_wakeup *wakeup);

/* Shows pictures and handles keys until mn_display_end. Returns 0, or MIEN_EOUTPUT, after reporting
 * it, if the window cannot be opened; then quits() ends the run. */
int mn_display_run(void);
void mn_display_close(void);

/* Any thread: nothing more will be shown, so mn_display_run returns. */
void mn_display_end(void);

#endif
