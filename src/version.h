/** @file version.h  Who the program is and what it is linked with. */
#ifndef CYT_VERSION_LINE_H
#define CYT_VERSION_LINE_H

#include "cytotaxis/status.h"

/** "cytotaxis 0.1.0 (commit; Open MPI …, HDF5 …, FFTW …, zstd …, compiler)" and a
 *  newline; free(). NULL: CYT_ERR_MEMORY. */
char *version_line(cyt_error *err);

#endif
