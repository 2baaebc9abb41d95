# shellcheck shell=bash
# Sourced by scripts that start mpiexec themselves (a batch system does this better):
# sets $ranks to the cores there are, and those Open MPI settings this machine calls for.

# Open MPI counts cores, not the hardware threads nproc counts.
ranks=$(lscpu -p=CORE,SOCKET 2>/dev/null | sed '/^#/d' | sort -u | wc -l || true)
if [ "$ranks" -lt 1 ] || [ "$ranks" -gt "$(nproc)" ]; then
    ranks=$(nproc)
fi

# It refuses to start as root unless told twice.
if [ "$(id -u)" = 0 ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi

# In a container the kernel denies the copy between processes: shared memory only.
if [ -e /.dockerenv ] || [ -e /run/.containerenv ] || [ -n "${container:-}" ] ||
    [ -n "${KUBERNETES_SERVICE_HOST:-}" ]; then
    export OMPI_MCA_btl_vader_single_copy_mechanism=none
fi

# Where it still sees fewer slots than cores (a restricted set of them), insist.
if ! mpiexec -n "$ranks" true 2>/dev/null; then
    export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
fi
