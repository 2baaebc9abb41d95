// SPDX-License-Identifier: BSD-3-Clause
#include "version.h"

#include "cytotaxis/strbuf.h"
#include "cytotaxis/versions.h"

char *version_line(cyt_error *err)
{
    cyt_strbuf line = {0};
    char mpi[CYT_VERSION_LENGTH], hdf5[CYT_VERSION_LENGTH], fftw[CYT_VERSION_LENGTH],
        zstd[CYT_VERSION_LENGTH];
    cyt_mpi_version(mpi);
    cyt_hdf5_version(hdf5);
    cyt_fftw_version(fftw);
    cyt_zstd_version(zstd);
    cyt_strbuf_add(&line, err, "cytotaxis %s (%s; %s, %s, %s, %s, %s)\n",
                   cyt_program_version(), cyt_program_commit(), mpi, hdf5, fftw, zstd,
                   cyt_compiler());
    return cyt_strbuf_take(&line, err);
}
