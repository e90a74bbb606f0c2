/* Dropping privileges, for a process that reads untrusted files. */
#ifndef MN_CLI_SANDBOX_H
#define MN_CLI_SANDBOX_H

/* The restrictions that are in force, as bits. */
enum { MN_SANDBOX_LIMITS = 1, MN_SANDBOX_SECCOMP = 2, MN_SANDBOX_LANDLOCK = 4, MN_SANDBOX_ALL = 7 };

/* Restricts this process, which has one thread. Afterwards it can compute, use its open
 * descriptors, and end. It cannot open files, create sockets, start programs, or write elsewhere
 * than to its open descriptors, and its memory is limited. Standard error goes to where standard
 * output goes. Returns the restrictions that are in force: old kernels and some containers do not
 * support all, which is not an error. */
unsigned mn_sandbox_enter(void);

/* For example "limits,seccomp"; "none". */
const char *mn_sandbox_names(unsigned bits, char buf[40]);

#endif
