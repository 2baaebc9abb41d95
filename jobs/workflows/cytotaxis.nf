// cytotaxis in Nextflow (DSL2): a task for each slide, then the cohort.
//
//   nextflow run jobs/workflows/cytotaxis.nf --sheet SHEET --config CONFIG --out OUT --ranks 4
//
// OUT lies on a file system that all hosts share, as for jobs/cohort-array.sh: the tasks
// write their slides into it, and a task that is tried again overwrites its own only. How
// ranks are started is the site's (--launch 'mpiexec -n').

params.sheet = null
params.config = null
params.out = null
params.ranks = 4
params.launch = 'srun --mpi=pmix -K1 -n'

process slide {
    tag "${sample}"
    cpus params.ranks
    errorStrategy 'retry'
    maxRetries 1

    input:
    val sample

    output:
    val sample

    script:
    """
    export SLURM_PMIX_FENCE=ring OMPI_MCA_mpi_yield_when_idle=1
    ${params.launch} ${params.ranks} cytotaxis run '${file(params.sheet)}' \\
        --config '${file(params.config)}' --only '${sample}' \\
        --out '${file(params.out)}' --overwrite -q
    """
}

process cohort {
    cpus params.ranks

    input:
    val samples

    output:
    stdout

    script:
    """
    export SLURM_PMIX_FENCE=ring OMPI_MCA_mpi_yield_when_idle=1
    ${params.launch} ${params.ranks} cytotaxis cohort '${file(params.out)}'
    """
}

workflow {
    samples = channel.fromPath(params.sheet).splitCsv(header: true).map { row -> row.sample }
    cohort(slide(samples).collect()) | view
}
