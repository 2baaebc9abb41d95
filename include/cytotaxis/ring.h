/**
 * @file ring.h
 * @brief Strips of rows that go round all ranks.
 *
 * Where rows of one rank meet rows of everywhere, many times over, as those of a raster
 * and of its shifts do, each rank looks at the strip of one rank after the other:
 *
 *     CYT_TRY(cyt_ring_open(comm, starts, row_bytes, own, &ring, err));
 *     do {
 *         ... ring.rows, those of rank ring.whose ...
 *     } while (cyt_ring_turn(&ring));
 *
 * A rank then holds its own strip and two of others, and is sent each row once a round,
 * however often it is met. Price: all rows come by, also where few are wanted.
 */
#ifndef CYT_RING_H
#define CYT_RING_H

#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** A round. Only @a whose and @a rows are for others to read. */
typedef struct cyt_ring {
    MPI_Comm comm;
    const uint64_t *starts;
    size_t row_bytes;
    const void *own;
    char *room[2]; /* [rows of the largest strip * row_bytes] each; NULL on one rank */
    MPI_Datatype row;
    int is_open;
    size_t step;      /* strips that came by before */
    size_t whose;     /**< rank whose strip is here; first the own */
    const void *rows; /**< [rows of that strip * row_bytes] until the next turn */
} cyt_ring;

/**
 * Begin with the own strip. Collective over @p comm.
 *
 * @param starts    [size + 1] first row of each strip; borrowed, agreed
 * @param row_bytes agreed
 * @param own       [own rows * row_bytes] borrowed
 * @param ring      [out] released with cyt_ring_close(), after a failure too
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_ring_open(MPI_Comm comm, const uint64_t *starts,
                                     size_t row_bytes, const void *own, cyt_ring *ring,
                                     cyt_error *err);

/** The strip of the next rank. Collective.
 *  @return 0 after the last one of a round: the own strip is here again */
int cyt_ring_turn(cyt_ring *ring);

void cyt_ring_close(cyt_ring *ring);

#endif
