/**
 * @file id_order.h
 * @brief Do the ids of a slide ascend in input order? Then no two are equal, and
 * nothing has to be hashed, sent or sorted.
 *
 * Shorter ids come before longer ones, those of one length byte by byte: the order of
 * numbers, and of names with a number of fixed width. Neighbours are compared where
 * they are; where rows that follow each other in the input lie on two ranks, as between
 * the shares of a plain file or the blocks of a compressed one, the two ids are sent to
 * all.
 */
#ifndef CYT_ID_ORDER_H
#define CYT_ID_ORDER_H

#include "cytotaxis/cells.h"
#include "cytotaxis/status.h"

#include <mpi.h>

/**
 * Collective over @p comm.
 *
 * @param rows    this rank's rows, with index filled
 * @param ascend  receives the same on every rank; 0 also where it would cost too much
 * to find out
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_ids_ascend(MPI_Comm comm, const cyt_rows *rows, int *ascend,
                                      cyt_error *err);

#endif
