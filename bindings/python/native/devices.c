/* A library of nothing but a dependency: libavdevice. The program, which loads libavdevice on
 * demand, loads this one first, so that a wheel may bring its own copy: tools that repair wheels
 * see only what a library depends on, not what a program loads. */
#include <mien/mien.h>

MIEN_API int mien_python_devices(void);

int mien_python_devices(void)
{
    return 1;
}
