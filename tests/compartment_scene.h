/**
 * @file compartment_scene.h
 * @brief A slide with its tissue, ready to be divided, and what must hold of any
 * division.
 */
#ifndef CYT_COMPARTMENT_SCENE_H
#define CYT_COMPARTMENT_SCENE_H

#include "point_sets.h"
#include "whole_raster.h"

#include "cytotaxis/compartments.h"

#include <string.h>

#define SCENE_UM_PER_UNIT 2.0
#define SCENE_SPACING_UM  25.0

/* The cells of the next scene. */
static point_set set;

/* All that compartments are made of. */
typedef struct scene {
    cyt_slide slide;
    cyt_cosine plan;
    cyt_tissue_config tissue_config;
    cyt_tissue tissue;
    cyt_compartments_config config;
    cyt_compartments_source source;
} scene;

static inline void make_scene(const cyt_tissue_config *tissue,
                              const cyt_regions *regions, scene *s)
{
    cyt_error err = {0};
    *s = (scene){.tissue_config = *tissue};
    slide_of(MPI_COMM_WORLD, set.n, set.x, set.y, set.type, SET_TYPES,
             SCENE_UM_PER_UNIT, SCENE_SPACING_UM, 0, NULL, &s->slide);
    assert_all(cyt_cosine_init(MPI_COMM_WORLD, &s->slide.grid, s->slide.strips,
                               &s->plan, &err) == CYT_OK);
    const cyt_tissue_source from = {&s->tissue_config, 0, regions};
    assert_all(cyt_tissue_make(MPI_COMM_WORLD, &s->slide, &from, &s->tissue, &err) ==
               CYT_OK);
    s->source = (cyt_compartments_source){.config = &s->config,
                                          .tissue_config = &s->tissue_config,
                                          .tissue = &s->tissue,
                                          .regions = regions,
                                          .plan = &s->plan};
}

static inline void free_scene(scene *s)
{
    cyt_cosine_free(&s->plan);
    cyt_tissue_free(&s->tissue);
    cyt_names_free(&s->config.tumour);
    cyt_names_free(&s->config.among);
    cyt_slide_free(&s->slide);
}

static inline void add_name(cyt_names *names, const char *name)
{
    cyt_error err = {0};
    assert_int_equal(cyt_names_add(names, name, strlen(name), &err), CYT_OK);
}

static inline cyt_code make(const scene *s, cyt_compartments *out, cyt_error *err)
{
    *err = (cyt_error){0};
    return cyt_compartments_make(MPI_COMM_WORLD, &s->slide, &s->source, out, err);
}

/* Pixels and cells of each compartment, counted over the whole slide. */
static inline int counts_are_right(const scene *s, const cyt_compartments *c,
                                   const uint8_t *whole)
{
    uint64_t n[256] = {0}, cells[256] = {0}, all = 0;
    int good = 1;
    for (size_t i = 0; i < s->slide.grid.n_rows * s->slide.grid.n_cols; i++)
        n[whole[i]]++;
    for (size_t i = 0; i < set.n; i++)
        cells[whole[whole_pixel(&s->slide, set.x[i], set.y[i])]]++;
    for (size_t k = 0; k < c->names.n; k++) {
        good &= c->n_pixels[k] == n[k + 1] && c->n_cells[k] == cells[k + 1];
        all += c->n_pixels[k];
    }
    for (size_t i = 0; i < s->slide.cells.n; i++)
        good &= c->cell[i] ==
                whole[whole_pixel(&s->slide, s->slide.cells.x[i], s->slide.cells.y[i])];
    return good && all == s->tissue.n_pixels;
}

#endif
