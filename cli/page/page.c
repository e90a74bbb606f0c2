#include "page/page.h"

#include "io/msg.h"

int mn_page_check(void)
{
    return mn_page_before_size
               ? 0
               : mn_fail(MIEN_ENOTBUILT,
                         "this mien was built without the charts of its reports (uPlot); run make "
                         "setup and build it again");
}

void mn_page_begin(FILE *f)
{
    fwrite(mn_page_before, 1, mn_page_before_size, f);
}

void mn_page_end(FILE *f)
{
    fwrite(mn_page_after, 1, mn_page_after_size, f);
}
