# SPDX-License-Identifier: BSD-3-Clause
"""cytotaxis under ReFrame (4.0 or newer): is it fit, does it scale, are the bytes those
of one rank?

    reframe -C SITE.py -c bench/reframe_cytotaxis.py -r

The program is the one in PATH (a module: -m cytotaxis). SITE.py describes the machine.
No reference values stand here: they belong to a machine, and --performance-report lists
what was measured.
"""
import os

import reframe as rfm
import reframe.utility.sanity as sn


class Launched(rfm.RunOnlyRegressionTest):
    valid_systems = ["*"]
    valid_prog_environs = ["*"]
    executable = "cytotaxis"
    # Why these: jobs/cohort.sbatch.
    env_vars = {"SLURM_PMIX_FENCE": "ring", "OMPI_MCA_mpi_yield_when_idle": "1"}


@rfm.simple_test
class Doctor(Launched):
    """Nothing is broken on two hosts."""

    executable_opts = ["doctor", "."]
    num_tasks = 4
    num_tasks_per_node = 2

    @sanity_function
    def nothing_is_broken(self):
        return sn.all([sn.assert_not_found(r"^BROKEN", self.stdout),
                       sn.assert_found(r"^fine +written by all", self.stdout)])


class MadeUp(Launched):
    """A made-up cohort is run, and its digest told."""

    slides = variable(int, value=16)
    cells = variable(int, value=200000)

    @run_before("run")
    def make_and_run(self):
        self.prerun_cmds = [
            f"cytotaxis synth --out made --slides {self.slides} --cells {self.cells}"
            " --format h5ad --seed 1 -q"
        ]
        self.executable_opts = ["run", "made/samplesheet_h5ad.csv", "--config",
                                "made/config.yaml", "--out", "out", "-q"]
        # What ReFrame keeps of a test is its output: the digest goes there.
        self.postrun_cmds = [
            "sed -n 's/.*\"wall_s\": *\\([0-9.]*\\).*/wall_s \\1/p' out/run.json | head -n 1",
            "sha256sum out/cohort.h5ad",
        ]

    def digest(self):
        told = os.path.join(self.stagedir, str(self.stdout))
        return sn.extractsingle(r"^([0-9a-f]{64})  out/cohort.h5ad", told, 1)

    @performance_function("s")
    def wall(self):
        return sn.extractsingle(r"^wall_s (\S+)", self.stdout, 1, float)


class OneRank(MadeUp):
    num_tasks = 1

    @sanity_function
    def it_is_there(self):
        return sn.assert_true(self.digest())


@rfm.simple_test
class Cohort(MadeUp):
    """The cohort on some rank counts; its bytes do not depend on them."""

    ranks = parameter([2, 4, 8, 16])
    one = fixture(OneRank, scope="session")

    @run_after("setup")
    def on_so_many(self):
        self.num_tasks = self.ranks

    @sanity_function
    def the_same_bytes(self):
        return sn.assert_eq(self.digest(), self.one.digest())
