/* fg_isa_panel.h -- a panel of a product, in vectors of W numbers; in fg_runner_matmul.h, once for each W.
 *
 * A tile is rows x (vectors * W) sums in registers. Every sum goes through the depth in order, so
 * its bits do not depend on W, nor on where in a tile it is.
 */
#define NAME(x) NAME_OF(x, W)
#define NAME_OF(x, w) NAME_WITH(x, w)
#define NAME_WITH(x, w) x##_##w
#define ONE_VECTOR NAME(one_vector)

FG_ALWAYS void NAME(tile)(const int rows, const int vectors, const panel *p, const fg_real *a,
                          fg_real *to)
{
    LANES(W) s[8][2], y[2];
    const fg_real *b = p->b;
    for (int i = 0; i < rows; ++i) {
        for (int j = 0; j < vectors; ++j) s[i][j] = (LANES(W)){0};
    }
    for (int64_t k = 0; k < p->depth; ++k, a += p->a.column, b += p->b_row) {
        for (int j = 0; j < vectors; ++j) y[j] = *(const LANES(W) *)(b + j * W);
        for (int i = 0; i < rows; ++i) {
            const LANES(W) x = a[i * p->a.row] - (LANES(W)){0}; /* in each lane, of any sign */
            for (int j = 0; j < vectors; ++j) s[i][j] = MULADD(W, x, y[j], s[i][j]);
        }
    }
    for (int i = 0; i < rows; ++i, to += p->to_row) {
        for (int j = 0; j < vectors; ++j) {
            LANES(W) *at = (LANES(W) *)(to + j * W);
            if (p->adds) {
                s[i][j] = *at + s[i][j];
            }
            *at = s[i][j];
        }
    }
}

/* Strips of `most` rows, then the rest. */
FG_ALWAYS void NAME(tiles)(const int most, const int vectors, const panel *p)
{
    const fg_real *a = p->a.at;
    fg_real *to = p->to;
    int64_t left = p->m;
    for (; left >= most; left -= most, a += most * p->a.row, to += most * p->to_row) {
        NAME(tile)(most, vectors, p, a, to);
    }
    if (left >= 4) {
        NAME(tile)(4, vectors, p, a, to);
        left -= 4, a += 4 * p->a.row, to += 4 * p->to_row;
    }
    switch (left) { /* a number that the compiler knows keeps the sums in registers */
    case 3:
        NAME(tile)(3, vectors, p, a, to);
        break;
    case 2:
        NAME(tile)(2, vectors, p, a, to);
        break;
    case 1:
        NAME(tile)(1, vectors, p, a, to);
        break;
    default:;
    }
}

static void ONE_VECTOR(const panel *p)
{
    NAME(tiles)(8, 1, p);
}

#if W == LANES_MOST
static void two_vectors(const panel *p)
{
    NAME(tiles)(4, 2, p);
}
#endif

#undef NAME
#undef NAME_OF
#undef NAME_WITH
#undef ONE_VECTOR
