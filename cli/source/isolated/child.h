/* The decoder process: `mien --decoder PARENT`, or a fork of `mien --decoders PARENT`. It has no
 * rights but to read the one file that was opened for it (sandbox.h) and to write pictures into
 * shared memory. */
#ifndef MN_CLI_ISOLATED_CHILD_H
#define MN_CLI_ISOLATED_CHILD_H

#include "source/isolated/protocol.h" /* MN_DECODER_FLAG */

/* Instead of main; its exit status. */
int mn_isolated_child_main(int argc, char **argv);

#endif
