/**
 * @file presets.h
 * @brief Ligand-receptor pairs of the literature: genes, range and where both are from.
 *
 * A range is lambda = sqrt(D / k): how far a molecule with diffusion coefficient D gets
 * before decay or uptake, rate k, takes it. Published rates differ by tens, so a preset
 * has an interval and a short list to sweep over, never one number to believe. A pair
 * for which D or k is not published has no range: the user must give one. There are no
 * dissociation constants, since for none of these pairs one was found in a source.
 */
#ifndef CYT_PRESETS_H
#define CYT_PRESETS_H

#include "cytotaxis/names.h"
#include "cytotaxis/status.h"

#include <stddef.h>

enum { CYT_PRESET_GENES = 3, CYT_PRESET_RANGES = 4 };

typedef struct cyt_preset {
    const char *name;
    const char *ligand[CYT_PRESET_GENES];   /**< human gene symbols, ended by NULL */
    const char *receptor[CYT_PRESET_GENES]; /**< likewise */
    double diffusion_um2_per_s;             /**< D; 0: not sourced */
    double slow_per_s, fast_per_s;          /**< interval of k; 0: not sourced */
    size_t n_ranges;                        /**< 0: no default range */
    double lambda_um[CYT_PRESET_RANGES];    /**< ascending; first and last are the
                                                 interval, rounded */
    const char *direction; /**< which way cells go; NULL: not sourced */
    const char *source;
} cyt_preset;

/** All presets, ended by one whose name is NULL. */
extern const cyt_preset cyt_presets[];

/** The preset of that very name, or NULL. */
const cyt_preset *cyt_preset_get(const char *name);

/** Append the names of all presets. */
CYT_NODISCARD cyt_code cyt_preset_names(cyt_names *names, cyt_error *err);

/** The table for people, 88 columns wide; free(). NULL: CYT_ERR_MEMORY. */
char *cyt_presets_text(cyt_error *err);

#endif
