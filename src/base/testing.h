/* Faults on demand, for tests only: $MIEN_TEST, for example "jitter=2000,poison=5", which worker
 * processes inherit. Without it nothing happens. */
#ifndef MN_BASE_TESTING_H
#define MN_BASE_TESTING_H

struct mn_testing {
    int jitter; /* microseconds: workers wait at random, up to this long */
    int slow;   /* microseconds: each first stage of a frame takes this much longer */
    int poison; /* frame (index + 1) at which a worker process dies; 0 = none */
    int hang;   /* frame (index + 1) that a worker process never finishes; 0 = none */
};

/* What $MIEN_TEST asked for when this was first called, or mn_testing_set did. Any thread. */
const struct mn_testing *mn_testing(void);

/* For pipelines that this process opens from now on. Not while another thread opens one. */
void mn_testing_set(struct mn_testing t);

/* Reads such a text; unknown names and wrong numbers are left out. */
struct mn_testing mn_testing_parse(const char *text);

#endif
