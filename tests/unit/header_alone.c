/* One public header (-DHEADER=<mien/x.h>) alone and twice, as C11 and (.cpp) C++. */
#include HEADER
#include HEADER

int main(void)
{
    return 0;
}
