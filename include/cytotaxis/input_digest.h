/**
 * @file input_digest.h
 * @brief What the slides of a samplesheet are made from, by content.
 *
 * Every file is hashed once, also when several slides are rows of it. Files are cut
 * into blocks of fixed size and the blocks dealt among all ranks; the digest of a file
 * is the hash of its blocks' hashes, so it does not depend on the number of ranks.
 * Price: all input is read once more than without; on most systems the second reading,
 * of each slide, then comes from memory.
 *
 * Hash: XXH3, 128 bits (Y. Collet, xxhash.com); against accidents, not against malice.
 */
#ifndef CYT_INPUT_DIGEST_H
#define CYT_INPUT_DIGEST_H

#include "cytotaxis/names.h"
#include "cytotaxis/samplesheet.h"
#include "cytotaxis/stop.h"

#include <mpi.h>

/**
 * A text for each slide: a line on how its files are read, then one for each file, its
 * name and its digest. A file that cannot be read has "unreadable" for a digest; the
 * slide that needs it will say why. Collective over @p comm.
 *
 * @param ligands  columns or genes wanted, sorted
 * @param layer    where genes are read, NULL = X
 * @param stop     looked at after each block
 * @param texts    [out] [sheet->n] the same on every rank; cyt_names_free()
 * @return CYT_OK; a CYT_STOP code; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_input_digests(MPI_Comm comm, const cyt_samplesheet *sheet,
                                         const cyt_names *ligands, const char *layer,
                                         const cyt_stop *stop, cyt_names *texts,
                                         cyt_error *err);

/** Digest of one file as 32 hexadecimal digits, by this rank alone.
 *  @return CYT_OK; CYT_ERR_NO_INPUT; CYT_ERR_MEMORY */
CYT_NODISCARD cyt_code cyt_file_digest(const char *path, char hex[33], cyt_error *err);

#endif
