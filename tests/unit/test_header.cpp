// The same test as C++.
#include "test_header.c"
