/* The layout of a CCNF expert's smoothing matrix. It connects the w^2 positions of a response map
 * and is dense, w^2 x w^2. It commutes with mirroring the window left-right, up-down and along its
 * diagonal. So in the basis of even and odd functions of x and y it falls into blocks: even-even,
 * even-odd (twice the same) and odd-odd. With h = w / 2 these have (h + 1)^2, (h + 1) h and h^2
 * rows: a quarter of the work and a fifth of the memory.
 *
 * The blocks are stored row after row, each row padded to a multiple of 8 floats. The norms of the
 * basis functions are included in the numbers. Index of a function: even-even ky * (h + 1) + kx;
 * even-odd k * h + (l - 1), where k is the even and l the odd one; odd-odd (ly - 1) * h + lx - 1.
 */
#ifndef MN_CLNF_SMOOTHING_LAYOUT_H
#define MN_CLNF_SMOOTHING_LAYOUT_H

static inline int mn_smoothing_padded(int n)
{
    return (n + 7) / 8 * 8;
}

/* Rows of block 0 (even-even), 1 (even-odd) or 2 (odd-odd). */
static inline int mn_smoothing_block_rows(int window, int block)
{
    int h = window / 2;
    return block == 0 ? (h + 1) * (h + 1) : block == 1 ? (h + 1) * h : h * h;
}

static inline int mn_smoothing_size(int window)
{
    int size = 0;
    for (int b = 0; b < 3; b++)
        size += mn_smoothing_block_rows(window, b) *
                mn_smoothing_padded(mn_smoothing_block_rows(window, b));
    return size;
}

#endif
