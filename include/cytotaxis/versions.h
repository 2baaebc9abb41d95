/**
 * @file versions.h
 * @brief Versions of the program and of the libraries it runs with.
 */
#ifndef CYT_VERSIONS_H
#define CYT_VERSIONS_H

enum { CYT_VERSION_LENGTH = 64 };

/** Of this program; each lives as long as the program. */
const char *cyt_program_version(void);
const char *cyt_program_commit(void); /**< "unknown" outside a checkout */
const char *cyt_program_date(void);   /**< of the commit, else of the build */
const char *cyt_compiler(void);
/** Each fills a text of at most CYT_VERSION_LENGTH bytes. */
void cyt_mpi_version(char *text);
void cyt_hdf5_version(char *text);
void cyt_zstd_version(char *text);
void cyt_fftw_version(char *text);

#endif
