#!/usr/bin/python3
"""What a network costs: one slide on two hosts whose link is narrowed or delayed.

    bench/network.py FOLDER [--cells N] [--build DIR] [--limits MBIT ...] [--delays US ...]

Two virtual hosts (network and host name namespaces of this machine), each with one rank,
joined by a link that is free, limited to some Mbit/s (tc tbf), or delayed by some µs each way
(a switch in user space, as kernels often lack netem). MPI goes by TCP. For each link a row of
FOLDER/network.csv for every phase: seconds in exchanges, and what messages and bytes make of
the link's own latency and bandwidth, measured by a ping-pong of TCP packets before.

Needs root, iproute2 and namespaces; says what is missing and ends with status 77. All that it
set up is taken down again, however it ends.
"""
import argparse
import ctypes
import fcntl
import heapq
import json
import os
import selectors
import signal
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import run as bench
import scaling
import traffic

# Little is computed or written, as the link is what is asked about.
LEAN = ["--set", "output.fields=none", "--set", "patterns.permutations=2"]
HOSTS = ["cytnet1", "cytnet2"]
SKIP = 77
VETH, TAP = "10.81.0", "10.82.0"  # networks of the link and of the delayed one
CLONE_NEWNET, TUNSETIFF, TAP_NO_INFO, IFNAMSIZ = 0x40000000, 0x400454CA, 0x1002, 16
FRAME = 9100


def sh(*words, **options):
    return subprocess.run(list(map(str, words)), check=True, **options)


def may_not():
    """Why there can be no virtual hosts here, or None."""
    if os.geteuid() != 0:
        return "it needs root"
    for program in ("ip", "tc", "nsenter", "unshare", "mpiexec"):
        if not shutil.which(program):
            return f"no {program}"
    probe = subprocess.run(["unshare", "--net", "--uts", "--mount", "true"],
                           capture_output=True)  # fmt: skip
    return None if probe.returncode == 0 else "namespaces are not allowed"


# --- hosts and their link ---------------------------------------------------------------


class Hosts:
    """Two hosts on a veth pair."""

    def __init__(self):
        self.files = Path(tempfile.mkdtemp(prefix="cytnet"))
        self.switch = None

    def __enter__(self):
        self.take_down()
        for host in HOSTS:
            sh("ip", "netns", "add", host)
        sh("ip", "link", "add", "cytv1", "type", "veth", "peer", "name", "cytv2")
        names = ["127.0.0.1 localhost"]
        for i, host in enumerate(HOSTS, 1):
            sh("ip", "link", "set", f"cytv{i}", "netns", host)
            sh("ip", "-n", host, "addr", "add", f"{VETH}.{i}/24", "dev", f"cytv{i}")
            for device in ("lo", f"cytv{i}"):
                sh("ip", "-n", host, "link", "set", device, "up")
            names.append(f"{VETH}.{i} {host}")
        (self.files / "hosts").write_text("\n".join(names) + "\n")
        agent = self.files / "rsh"
        agent.write_text('#!/bin/sh\nhost=$1; shift\nexec ' + " ".join(self.enter('"$host"'))
                         + ' sh -c "$*"\n')  # fmt: skip
        agent.chmod(0o755)
        return self

    def __exit__(self, *_):
        self.take_down()
        shutil.rmtree(self.files)

    def take_down(self):
        self.undelay()
        for host in HOSTS:
            subprocess.run(["ip", "netns", "del", host], capture_output=True)

    def enter(self, host):
        """Words before a command that is to run on a host."""
        # Not "ip netns exec", which hides /sys/fs/cgroup.
        return ["nsenter", f"--net=/run/netns/{host}", "unshare", "--uts", "--mount", "sh",
                "-c", "'hostname \"$0\" && mount --bind " + f"{self.files}/hosts /etc/hosts"
                + " && exec \"$@\"'", host]  # fmt: skip

    def on(self, host, *words, **options):
        entered = [w.strip("'") for w in self.enter(host)]
        return subprocess.run([*entered, *map(str, words)], check=True, **options)

    def limit(self, mbit):
        for i, host in enumerate(HOSTS, 1):
            subprocess.run(["tc", "-n", host, "qdisc", "del", "dev", f"cytv{i}", "root"],
                           capture_output=True)  # fmt: skip
            if mbit:
                sh("tc", "-n", host, "qdisc", "add", "dev", f"cytv{i}", "root", "tbf", "rate",
                   f"{mbit}mbit", "burst", "128kb", "limit", "4mb")  # fmt: skip

    def delay(self, us):
        """A second link, through a switch that holds each packet for so long."""
        self.undelay()
        ends = [tap_of(host) for host in HOSTS]
        for i, host in enumerate(HOSTS, 1):
            sh("ip", "-n", host, "addr", "add", f"{TAP}.{i}/24", "dev", "cytd0")
            sh("ip", "-n", host, "link", "set", "cytd0", "mtu", 9000, "txqueuelen", 4000, "up")
        self.switch = os.fork()
        if self.switch == 0:
            forward(ends, us * 1e-6)
        for end in ends:
            os.close(end)

    def undelay(self):
        if self.switch:
            os.kill(self.switch, 9)
            os.waitpid(self.switch, 0)
        self.switch = None


def tap_of(host):
    """A TAP device called cytd0 on a host; its packets are read and written here."""
    libc = ctypes.CDLL(None, use_errno=True)
    here = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{host}", os.O_RDONLY)
    try:
        if libc.setns(there, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), host)
        end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(end, TUNSETIFF, struct.pack(f"{IFNAMSIZ}sH22x", b"cytd0", TAP_NO_INFO))
    finally:
        libc.setns(here, CLONE_NEWNET)
        os.close(here)
        os.close(there)
    return end


def forward(ends, delay_s):
    """Carry packets between two ends for ever, each so long after it came."""
    waiting, n = [], 0
    watch = selectors.DefaultSelector()
    for end in ends:
        watch.register(end, selectors.EVENT_READ)
    while True:
        left = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        for key, _ in watch.select(left):
            try:
                while packet := os.read(key.fd, FRAME):
                    other = ends[1 - ends.index(key.fd)]
                    heapq.heappush(waiting, (time.monotonic() + delay_s, n, other, packet))
                    n += 1
            except BlockingIOError:
                pass
        while waiting and waiting[0][0] <= time.monotonic():
            *_, other, packet = heapq.heappop(waiting)
            try:
                os.write(other, packet)
            except (BlockingIOError, OSError):
                pass  # TCP sends it again


# --- the link itself --------------------------------------------------------------------

ECHO = """
import socket, sys
s = socket.create_server((sys.argv[1], 5201)); print("ready", flush=True)
c, _ = s.accept(); c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
while True:
    head = c.recv(8, socket.MSG_WAITALL)
    if len(head) < 8: break
    left = n = int.from_bytes(head, "little")
    while left: left -= len(c.recv(min(left, 1 << 20)))
    c.sendall(b"k")
"""
PING = """
import socket, sys, time
s = socket.create_connection((sys.argv[1], 5201))
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for n in [1] * 30 + [4000000] * 5:
    data = n.to_bytes(8, "little") + bytes(n); t = time.perf_counter()
    s.sendall(data); s.recv(1); print(n, time.perf_counter() - t)
"""


def link_of(hosts, network):
    """(seconds a message one way, seconds a byte) by ping-pong."""
    where = f"{network}.2"
    words = [w.strip("'") for w in hosts.enter(HOSTS[1])]
    echo = subprocess.Popen([*words, sys.executable, "-c", ECHO, where], stdout=subprocess.PIPE)
    echo.stdout.readline()
    told = hosts.on(HOSTS[0], sys.executable, "-c", PING, where, capture_output=True, text=True)
    echo.wait()
    times = {}
    for line in told.stdout.splitlines():
        times.setdefault(int(line.split()[0]), []).append(float(line.split()[1]))
    small, large = statistics.median(times[1]), statistics.median(times[4000000])
    return small / 2, max(0.0, large - small) / 4000000


# --- runs -------------------------------------------------------------------------------


def run_slide(hosts, where, folder, network, n_cells):
    """run.json of one slide, a rank on each host."""
    runner = scaling.Runner(where, folder, "")
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    agent = hosts.files / "rsh"
    hosts.on(HOSTS[0], "mpiexec", "--mca", "plm", "rsh", "--mca", "plm_rsh_agent", agent,
             "--mca", "oob_tcp_if_include", f"{VETH}.0/24", "--mca", "btl_tcp_if_include",
             f"{network}.0/24", "--mca", "btl", "tcp,self", "--mca", "mpi_yield_when_idle", 1,
             "--bind-to", "none", "--host", ",".join(f"{h}:1" for h in HOSTS), "-n", 2,
             runner.program, "run", runner.sheet(n_cells, 1), "--config",
             runner.config, "--out", out, "-q", "--no-report", *scaling.ALONE,
             *LEAN, env=where.env)  # fmt: skip
    record = json.loads(scaling.record_of(out).read_text())
    shutil.rmtree(out)
    return record["slides"][0]


def rows_of(link, latency_s, per_byte_s, slide, free):
    for name, phase in slide["phases"].items():
        messages, size = traffic.exchanged(phase)
        yield {"link": link, "latency_us": latency_s * 1e6, "MB_per_s": 1e-6 / per_byte_s,
               "phase": name, "messages": messages, "bytes": size,
               "wall_s": phase["wall_s"]["max"], "exchange_s": phase["exchange_s"]["min"],
               "more_than_free_s": phase["exchange_s"]["min"] -
               (free["phases"][name]["exchange_s"]["min"] if free else
                phase["exchange_s"]["min"]),
               "model_s": latency_s * messages + per_byte_s * size}  # fmt: skip


def measure(hosts, where, options):
    free = None
    links = [("free", None, None), *((f"{m} Mbit/s", m, None) for m in options.limits),
             *((f"{d} us delay", None, d) for d in options.delays)]  # fmt: skip
    for name, mbit, us in links:
        network = TAP if us else VETH
        hosts.limit(mbit)
        hosts.delay(us) if us else hosts.undelay()
        latency, per_byte = link_of(hosts, network)
        slide = run_slide(hosts, where, options.folder, network, options.cells)
        rows = list(rows_of(name, latency, per_byte, slide, free))
        free = free or slide
        total = lambda key: sum(r[key] for r in rows)  # noqa: E731
        print(f"{name}: {latency * 1e6:.0f} us, {1e-6 / per_byte:.0f} MB/s; exchanges "
              f"{total('exchange_s'):.3f} s, by the model {total('model_s'):.3f} s; run "
              f"{total('wall_s'):.2f} s", flush=True)  # fmt: skip
        yield from rows


def end(*_):
    raise SystemExit(143)


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cells", type=int, default=100_000)
    parser.add_argument("--build", type=Path, default=bench.HERE.parent / "build" / "release")
    parser.add_argument("--limits", type=int, nargs="*", default=[1000, 100])
    parser.add_argument("--delays", type=int, nargs="*", default=[500, 5000])
    return parser.parse_args(words)


def main(words):
    options = parse(words)
    reason = may_not()
    if reason:
        print(f"SKIPPED: no virtual hosts here: {reason}")
        return SKIP
    options.folder = options.folder.resolve()
    options.folder.mkdir(parents=True, exist_ok=True)
    where = bench.Place(options.build, may_fetch=False)
    signal.signal(signal.SIGTERM, end)  # and so take everything down
    with Hosts() as hosts:
        rows = list(measure(hosts, where, options))
    scaling.write_table(options.folder / "network.csv", rows)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
