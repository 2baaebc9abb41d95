/**
 * @file mask_sets.h
 * @brief Rasters of bytes that break labelling: noise, snakes, spirals, combs, nothing.
 */
#ifndef CYT_MASK_SETS_H
#define CYT_MASK_SETS_H

#include "cytotaxis/random.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { MASK_MOST = 4096 };

typedef struct mask_set {
    size_t n_rows, n_cols;
    uint8_t at[MASK_MOST];
} mask_set;

static inline void mask_size(mask_set *m, size_t n_rows, size_t n_cols)
{
    m->n_rows = n_rows;
    m->n_cols = n_cols;
    memset(m->at, 0, sizeof m->at);
}

static inline void mask_noise(mask_set *m, double share, uint32_t draw)
{
    mask_size(m, 53, 61);
    for (size_t i = 0; i < m->n_rows * m->n_cols; i++)
        m->at[i] = cyt_uniform(cyt_random_key_of(5, 0), 0, i, draw) < share;
}

static inline void noise_of_a_fifth(mask_set *m)
{
    mask_noise(m, 0.2, 1);
}

/* Near the thresholds of percolation pieces are largest and most tortuous. */
static inline void noise_where_corners_percolate(mask_set *m)
{
    mask_noise(m, 0.41, 2);
}

static inline void noise_where_sides_percolate(mask_set *m)
{
    mask_noise(m, 0.59, 3);
}

static inline void a_snake(mask_set *m)
{
    mask_size(m, 40, 31);
    for (size_t r = 0; r < m->n_rows; r++)
        for (size_t c = 0; c < m->n_cols; c++)
            m->at[r * m->n_cols + c] =
                r % 2 == 0 || c == (r % 4 == 1 ? m->n_cols - 1 : 0);
}

/* Teeth that meet only at the last row, so that every strip sees them apart. */
static inline void a_comb(mask_set *m)
{
    mask_size(m, 50, 33);
    for (size_t r = 0; r < m->n_rows; r++)
        for (size_t c = 0; c < m->n_cols; c++)
            m->at[r * m->n_cols + c] = c % 2 == 0 || r + 1 == m->n_rows;
}

static inline void rings_in_rings(mask_set *m)
{
    mask_size(m, 45, 45);
    for (size_t r = 0; r < m->n_rows; r++)
        for (size_t c = 0; c < m->n_cols; c++) {
            const size_t dr = r < 22 ? 22 - r : r - 22, dc = c < 22 ? 22 - c : c - 22;
            m->at[r * m->n_cols + c] = (dr > dc ? dr : dc) % 2;
        }
}

static inline void a_chessboard(mask_set *m)
{
    mask_size(m, 24, 37);
    for (size_t i = 0; i < m->n_rows * m->n_cols; i++)
        m->at[i] = (i / m->n_cols + i % m->n_cols) % 2;
}

static inline void all_of_it(mask_set *m)
{
    mask_size(m, 30, 20);
    memset(m->at, 1, m->n_rows * m->n_cols);
}

static inline void nothing_at_all(mask_set *m)
{
    mask_size(m, 30, 20);
}

static inline void one_row(mask_set *m)
{
    mask_noise(m, 0.6, 4);
    m->n_rows = 1;
}

static inline void one_column(mask_set *m)
{
    mask_noise(m, 0.6, 5);
    m->n_cols = 1;
}

static inline void one_pixel(mask_set *m)
{
    mask_size(m, 1, 1);
    m->at[0] = 1;
}

static void (*const mask_sets[])(mask_set *) = {noise_of_a_fifth,
                                                noise_where_corners_percolate,
                                                noise_where_sides_percolate,
                                                a_snake,
                                                a_comb,
                                                rings_in_rings,
                                                a_chessboard,
                                                all_of_it,
                                                nothing_at_all,
                                                one_row,
                                                one_column,
                                                one_pixel};

enum { N_MASK_SETS = sizeof mask_sets / sizeof *mask_sets };

#endif
