/* Giving up rights, for a process that reads what strangers made. */
#ifndef MN_CLI_SANDBOX_H
#define MN_CLI_SANDBOX_H

/* What is in force, as bits. */
enum { MN_SANDBOX_LIMITS = 1, MN_SANDBOX_SECCOMP = 2, MN_SANDBOX_LANDLOCK = 4 };

/* From here on this process, with one thread, can compute, use the descriptors it has, and end: no
 * file is opened, no socket made, no program started, nothing written but to its open descriptors,
 * and it stays below a bound of memory. Standard error leads where standard output does. Returns
 * what could be put in force: old kernels and some containers cannot, and that is not an error. */
unsigned mn_sandbox_enter(void);

/* "limits,seccomp" and the like. */
const char *mn_sandbox_names(unsigned bits, char buf[40]);

#endif
