# SPDX-License-Identifier: BSD-3-Clause
"""cytotaxis for Spack, from a checkout on this machine:

    spack repo add container/spack
    spack dev-build cytotaxis@main

No release is fetched here, so there is no url and no checksum.
"""
from spack.package import *


class Cytotaxis(CMakePackage):
    """Which signals hold which cells where: spatial-omics cohorts on MPI."""

    license("BSD-3-Clause")
    version("main")

    depends_on("c", type="build")
    depends_on("cmake@3.25:", type="build")
    depends_on("ninja", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("mpi@3.1:")
    depends_on("hdf5@1.10.7:1.14 +mpi+hl")
    depends_on("fftw@3.3: precision=double ~mpi")
    depends_on("gsl@2.7:")
    depends_on("jansson@2.13:")
    depends_on("libfyaml@0.7:")
    depends_on("libpng@1.6:")
    depends_on("random123", type="build")
    depends_on("xxhash@0.8:")
    depends_on("zlib-api")
    depends_on("zstd@1.5:")

    generator("ninja")

    def cmake_args(self):
        return [
            self.define("CYT_BUILD_TESTS", False),
            self.define("CYT_BUILD_BENCH", False),
        ]

    def setup_run_environment(self, env):
        """h5py, h5dump and R find the filter of the maps."""
        for libdir in ("lib", "lib64"):
            plugins = join_path(self.prefix, libdir, "cytotaxis", "plugins")
            env.prepend_path("HDF5_PLUGIN_PATH", plugins)

    @run_after("install")
    def it_starts(self):
        Executable(join_path(self.prefix.bin, "cytotaxis"))("--version")
