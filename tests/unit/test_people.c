/* The table of persons: which are found, which are forgotten, and what happens when it is full. */
#include "stage/people.h"

#include <mien/mien.h>

#include "check.h"

struct entry {
    struct mn_person person;
    double payload[3];
};

static struct entry *at(const struct mn_people *p, int i)
{
    return mn_people_at(p, i);
}

static void ids(const struct mn_people *p, const char *want)
{
    char have[200] = "";
    for (int i = 0; i < p->num; i++)
        snprintf(have + strlen(have), sizeof(have) - strlen(have), "%s%d", i ? " " : "",
                 (int)at(p, i)->person.id);
    CHECK_STR(have, want);
}

static void bounded(void)
{
    struct mn_people p;
    REQUIRE(mn_people_open(&p, sizeof(struct entry), 4) == 0);
    CHECK_INT(mn_people_oldest(&p), -1);
    static const double seen[] = {3, 1, 2, 1};
    for (int i = 0; i < 4; i++) {
        struct entry *e = mn_people_add(&p, 10 * i, seen[i]);
        REQUIRE(e != NULL);
        CHECK(e->payload[0] == 0 && e->payload[2] == 0);
        e->payload[2] = i;
    }
    CHECK(mn_people_add(&p, 99, 5) == NULL);
    CHECK_INT(p.num, 4);
    CHECK_INT(mn_people_oldest(&p), 1); /* the first of two */
    CHECK(mn_people_find(&p, 20) == at(&p, 2));
    CHECK(mn_people_find(&p, 21) == NULL);
    mn_people_remove(&p, 1);
    ids(&p, "0 20 30");
    CHECK_NEAR(at(&p, 1)->payload[2], 2, 0);
    struct entry *e = mn_people_add(&p, 40, 6);
    REQUIRE(e != NULL);
    CHECK(e->payload[2] == 0); /* nothing is left of the earlier entry */
    mn_people_close(&p);
}

/* Unseen for exactly the limit still counts. */
static void patience(void)
{
    struct mn_people p;
    REQUIRE(mn_people_open(&p, sizeof(struct entry), 0) == 0);
    for (int i = 0; i < 5; i++)
        mn_people_add(&p, i, i);
    mn_people_forget(&p, 4, MN_PEOPLE_PATIENCE);
    ids(&p, "2 3 4");
    mn_people_forget(&p, 4 + 1e-9, MN_PEOPLE_PATIENCE);
    ids(&p, "3 4");
    CHECK(MN_PEOPLE_GONE > MN_PEOPLE_PATIENCE);
    mn_people_close(&p);
}

static void grows(void)
{
    struct mn_people p;
    REQUIRE(mn_people_open(&p, sizeof(struct entry), 0) == 0);
    for (int i = 0; i < 1000; i++) {
        struct entry *e = mn_people_add(&p, i, i);
        REQUIRE(e != NULL);
        e->payload[1] = i;
    }
    CHECK_INT(p.num, 1000);
    for (int i = 0; i < 1000; i++)
        CHECK_NEAR(((struct entry *)mn_people_find(&p, i))->payload[1], i, 0);
    mn_people_close(&p);
    CHECK(p.entry == NULL && p.num == 0);
}

int main(void)
{
    bounded();
    patience();
    grows();
    return check_done();
}
