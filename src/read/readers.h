/**
 * @file readers.h
 * @brief What each format gives to the reader table: three functions, see reader.h.
 *
 * The table itself, with names and help, is in reader.c. (It holds its rows by value,
 * and in C the value of an object of another file is no constant, so a format exports
 * its functions and not a cyt_reader.)
 */
#ifndef CYT_READERS_H
#define CYT_READERS_H

#include "cytotaxis/reader.h"

int cyt_csv_accepts(const char *path);
CYT_NODISCARD cyt_code cyt_csv_check(const cyt_source *source, cyt_problems *problems,
                                     cyt_error *err);
CYT_NODISCARD cyt_code cyt_csv_read(MPI_Comm comm, const cyt_source *source,
                                    cyt_rows *rows, cyt_error *err);

int cyt_h5ad_accepts(const char *path);
CYT_NODISCARD cyt_code cyt_h5ad_check(const cyt_source *source, cyt_problems *problems,
                                      cyt_error *err);
CYT_NODISCARD cyt_code cyt_h5ad_read(MPI_Comm comm, const cyt_source *source,
                                     cyt_rows *rows, cyt_error *err);

int cyt_polygons_accepts(const char *path);
CYT_NODISCARD cyt_code cyt_polygons_check(const cyt_source *source,
                                          cyt_problems *problems, cyt_error *err);
CYT_NODISCARD cyt_code cyt_polygons_read(MPI_Comm comm, const cyt_source *source,
                                         cyt_rows *rows, cyt_error *err);

int cyt_mtx_accepts(const char *path);
CYT_NODISCARD cyt_code cyt_mtx_check(const cyt_source *source, cyt_problems *problems,
                                     cyt_error *err);
CYT_NODISCARD cyt_code cyt_mtx_read(MPI_Comm comm, const cyt_source *source,
                                    cyt_rows *rows, cyt_error *err);

int cyt_loom_accepts(const char *path);
CYT_NODISCARD cyt_code cyt_loom_check(const cyt_source *source, cyt_problems *problems,
                                      cyt_error *err);
CYT_NODISCARD cyt_code cyt_loom_read(MPI_Comm comm, const cyt_source *source,
                                     cyt_rows *rows, cyt_error *err);

int cyt_tenx_accepts(const char *path);
CYT_NODISCARD cyt_code cyt_tenx_check(const cyt_source *source, cyt_problems *problems,
                                      cyt_error *err);
CYT_NODISCARD cyt_code cyt_tenx_read(MPI_Comm comm, const cyt_source *source,
                                     cyt_rows *rows, cyt_error *err);

#endif
