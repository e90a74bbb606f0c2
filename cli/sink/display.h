/* The window of `mien run --view`. SDL wants the main thread, so the loop runs in another one:
 *
 *     main thread                        thread of the loop
 *     mn_display_open                    mn_sink_display.frame draws and leaves the picture
 *     mn_display_run: events, shows      its row in the table: did the user end it?
 *     mn_display_close                   mn_display_end: there is nothing more to show
 *
 * There is one window, as SDL has one set of events. Only display.c knows SDL, which is loaded when
 * a window is asked for: without --view no window system is needed, nor SDL itself. */
#ifndef MN_CLI_DISPLAY_H
#define MN_CLI_DISPLAY_H

#include "io/wakeup.h"
#include "sink/sink.h"

/* title: what is shown. patient: the source waits, so that it can be stopped and stepped. wakeup is
 * rung when the user ends the run. Says why there can be no window: MIEN_ENOTBUILT, MIEN_EOUTPUT.
 */
int mn_display_open(const char *title, bool patient, struct mn_wakeup *wakeup);

/* Shows pictures and obeys keys until mn_display_end. Returns 0, or MIEN_EOUTPUT when the window
 * cannot be had after all; the run is told to end then. */
int mn_display_run(void);
void mn_display_close(void);

/* Any thread: nothing more will be shown, so that mn_display_run returns. */
void mn_display_end(void);

#endif
