// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/shuffle.h"

#include "cytotaxis/clones.h"

#include <math.h>
#include <string.h>

/* --- where a cell goes ------------------------------------------------------------ */

void cyt_urn_sides(uint32_t n, uint32_t *a, uint32_t *b)
{
    uint32_t side = n > 0 ? (uint32_t)sqrt((double)n) : 1;
    while ((uint64_t)side * side < n)
        side++;
    *a = side;
    *b = n > 0 ? (uint32_t)(((uint64_t)n + side - 1) / side) : 1;
}

/* A digit in [0, n), n <= 2^16, of key and the other digit. */
CYT_IN_CLONES uint32_t hash(uint32_t key, uint32_t digit, uint32_t n)
{
    uint32_t h = digit ^ key;
    h ^= h >> 16;
    h *= 0x7feb352du;
    h ^= h >> 15;
    h *= 0x846ca68bu;
    /* floor(h n / 2^32) in 32 bits */
    return ((h >> 16) * n + (((h & 0xffff) * n) >> 16)) >> 16;
}

/* v + step mod n for both below n: one of v + step and v + step - n wraps to a larger
 * number. */
CYT_IN_CLONES uint32_t add_mod(uint32_t v, uint32_t step, uint32_t n)
{
    const uint32_t sum = v + step, less = sum - n;
    return sum < less ? sum : less;
}

CYT_IN_CLONES uint32_t scramble(const uint32_t *key, uint32_t a, uint32_t b,
                                uint32_t left, uint32_t right)
{
    left = add_mod(left, hash(key[0 * CYT_LANES], right, a), a);
    right = add_mod(right, hash(key[1 * CYT_LANES], left, b), b);
    left = add_mod(left, hash(key[2 * CYT_LANES], right, a), a);
    right = add_mod(right, hash(key[3 * CYT_LANES], left, b), b);
    left = add_mod(left, hash(key[4 * CYT_LANES], right, a), a);
    right = add_mod(right, hash(key[5 * CYT_LANES], left, b), b);
    left = add_mod(left, hash(key[6 * CYT_LANES], right, a), a);
    right = add_mod(right, hash(key[7 * CYT_LANES], left, b), b);
    return left * b + right;
}

uint32_t cyt_urn_place(const cyt_urn *urn, size_t lane, uint32_t position)
{
    do
        position = scramble(urn->key + lane, urn->a, urn->b, position / urn->b,
                            position % urn->b);
    while (position >= urn->n);
    return position;
}

CYT_CLONES
void cyt_urn_labels(const cyt_urn *urn, uint32_t position, uint8_t *label)
{
    if (urn->dealt) {
        memcpy(label, urn->dealt + (size_t)position * CYT_LANES, CYT_LANES);
        return;
    }
    uint32_t place[CYT_LANES], type[CYT_LANES], walks = 0;
    const uint32_t a = urn->a, b = urn->b, n = urn->n, *key = urn->key;
    const uint32_t left = position / b, right = position % b;
    for (size_t l = 0; l < CYT_LANES; l++) {
        place[l] = scramble(key + l, a, b, left, right);
        walks |= place[l] >= n;
        type[l] = 0;
    }
    for (size_t l = 0; walks && l < CYT_LANES; l++)
        if (place[l] >= n)
            place[l] = cyt_urn_place(urn, l, place[l]);
    for (size_t t = 0; t + 1 < urn->n_types; t++) {
        const uint32_t end = urn->end[t];
        for (size_t l = 0; l < CYT_LANES; l++)
            type[l] += place[l] >= end;
    }
    for (size_t l = 0; l < CYT_LANES; l++)
        label[l] = (uint8_t)type[l];
}

/* --- bits ------------------------------------------------------------------------- */

/* One bit of all deals; compilers make it one, two or four registers. */
typedef uint64_t lanes __attribute__((vector_size(CYT_LANES / 8), may_alias));

static size_t digits_of(size_t most)
{
    size_t n = 1;
    while (most >> n)
        n++;
    return n;
}

CYT_CLONES
void cyt_lanes_of_labels(const uint8_t *label, size_t n_types, uint64_t *hot)
{
    lanes byte[8], digit[8] = {{0}};
    const size_t n_digits = digits_of(n_types - 1);
    memcpy(byte, label, CYT_LANES);
    for (size_t k = 0; k < n_digits; k++)
        for (int s = 0; s < 8; s++)
            digit[k] |= ((byte[s] >> k) & 0x0101010101010101u) << s;
    lanes *out = (lanes *)hot;
    for (size_t t = 0; t < n_types; t++) {
        lanes is = ~(lanes){0};
        for (size_t k = 0; k < n_digits; k++)
            is &= t >> k & 1 ? digit[k] : ~digit[k];
        out[t] = is;
    }
}

/* a + b + c = *sum + 2 returned */
#define ADD3(carry, sum, a, b, c)                                                      \
    do {                                                                               \
        const lanes a_ = (a), b_ = (b), c_ = (c), ab_ = a_ ^ b_;                       \
        (sum) = ab_ ^ c_;                                                              \
        (carry) = (a_ & b_) | (ab_ & c_);                                              \
    } while (0)

size_t cyt_tally_scratch(size_t n_types, size_t n_digits)
{
    return n_types * (n_digits + 1) * CYT_TALLY_CELLS * CYT_LANE_WORDS;
}

/* How many neighbours of a type, in binary. count [n_digits], a step apart. */
CYT_IN_CLONES void count_neighbours(const lanes *hot, size_t n_types,
                                    const uint32_t *node, size_t n, size_t n_digits,
                                    lanes *count)
{
    for (size_t q = 0; q < n_digits; q++)
        count[q * CYT_TALLY_CELLS] = (lanes){0};
    for (size_t k = 0; k < n; k += 2) {
        lanes carry, sum;
        const lanes one = hot[node[k] * n_types];
        const lanes other = k + 1 < n ? hot[node[k + 1] * n_types] : (lanes){0};
        ADD3(carry, sum, count[0], one, other);
        count[0] = sum;
        const size_t used = digits_of(k + 2);
        for (size_t q = 1; q < n_digits && q < used; q++) {
            lanes *c = count + q * CYT_TALLY_CELLS;
            const lanes next = *c & carry;
            *c ^= carry;
            carry = next;
        }
    }
}

/* Sum of `x & c` over the cells, in binary: 0 .. 32 takes six digits. */
CYT_IN_CLONES void sum_cells(const lanes *x, const lanes *c, lanes sum[6])
{
    lanes s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0}, s4 = {0}, s5 = {0};
    for (size_t i = 0; i < CYT_TALLY_CELLS; i += 8) {
        lanes t, u, v, w, e;
        ADD3(t, s0, s0, x[i] & c[i], x[i + 1] & c[i + 1]);
        ADD3(u, s0, s0, x[i + 2] & c[i + 2], x[i + 3] & c[i + 3]);
        ADD3(v, s1, s1, t, u);
        ADD3(t, s0, s0, x[i + 4] & c[i + 4], x[i + 5] & c[i + 5]);
        ADD3(u, s0, s0, x[i + 6] & c[i + 6], x[i + 7] & c[i + 7]);
        ADD3(w, s1, s1, t, u);
        ADD3(e, s2, s2, v, w);
        const lanes f = s3 & e, g = s4 & f;
        s3 ^= e;
        s4 ^= f;
        s5 ^= g;
    }
    sum[0] = s0;
    sum[1] = s1;
    sum[2] = s2;
    sum[3] = s3;
    sum[4] = s4;
    sum[5] = s5;
}

CYT_IN_CLONES int is_any(const lanes *v)
{
    uint64_t any = 0;
    for (int w = 0; w < CYT_LANE_WORDS; w++)
        any |= (*v)[w];
    return any != 0;
}

/* total += sum · 2^shift */
CYT_IN_CLONES void add_to_total(lanes *total, const lanes sum[6], size_t shift)
{
    lanes carry = {0};
    for (size_t k = 0; k < 6; k++)
        ADD3(carry, total[shift + k], total[shift + k], sum[k], carry);
    for (size_t k = shift + 6; k < CYT_TALLY_DIGITS && is_any(&carry); k++) {
        const lanes next = total[k] & carry;
        total[k] ^= carry;
        carry = next;
    }
}

/* Of the longest list. */
static size_t digits_of_lists(size_t n, const size_t *start)
{
    size_t most = 0;
    for (size_t i = 0; i < n; i++)
        most = start[i + 1] - start[i] > most ? start[i + 1] - start[i] : most;
    return digits_of(most);
}

CYT_CLONES
void cyt_tally_add(const cyt_tally *t, size_t n, size_t first, const size_t *start,
                   const uint32_t *node, const uint64_t *bits)
{
    const lanes *hot = (const lanes *)bits;
    const size_t n_types = t->n_types, n_digits = t->n_digits;
    lanes *is = (lanes *)t->scratch, sum[6];
    lanes *count = is + n_types * CYT_TALLY_CELLS;
    const size_t used = digits_of_lists(n, start);
    if (n < CYT_TALLY_CELLS)
        memset(t->scratch, 0,
               cyt_tally_scratch(n_types, n_digits) * sizeof *t->scratch);
    for (size_t b = 0; b < n_types; b++)
        for (size_t i = 0; i < n; i++) {
            is[b * CYT_TALLY_CELLS + i] = hot[(first + i) * n_types + b];
            count_neighbours(hot + b, n_types, node + start[i], start[i + 1] - start[i],
                             used, count + b * n_digits * CYT_TALLY_CELLS + i);
        }
    for (size_t b = 0; b < n_types; b++)
        for (size_t q = 0; q < used; q++) {
            const lanes *c = count + (b * n_digits + q) * CYT_TALLY_CELLS;
            const size_t end = t->symmetric ? b + 1 : n_types;
            for (size_t a = 0; a < end; a++) {
                sum_cells(is + a * CYT_TALLY_CELLS, c, sum);
                add_to_total((lanes *)t->sum + (a * n_types + b) * CYT_TALLY_DIGITS,
                             sum, q);
            }
        }
}

void cyt_tally_read(const cyt_tally *t, size_t pair, uint64_t *count)
{
    const uint64_t *sum = t->sum + pair * CYT_TALLY_DIGITS * CYT_LANE_WORDS;
    for (size_t l = 0; l < CYT_LANES; l++) {
        const size_t byte = l % 64, bit = 8 * (byte % 8) + l / 64;
        count[l] = 0;
        for (size_t k = 0; k < CYT_TALLY_DIGITS; k++)
            count[l] |= (sum[k * CYT_LANE_WORDS + byte / 8] >> bit & 1) << k;
    }
}
