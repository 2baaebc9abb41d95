#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a built program carries against attackers, as readelf tells it.

    test_hardened.py PROGRAM PLUGIN
"""
import re
import subprocess
import sys


def readelf(flag, path):
    return subprocess.run(["readelf", flag, "-W", path], capture_output=True, text=True,
                          check=True).stdout


problems = []


def expect(good, path, what):
    if not good:
        problems.append(f"{path}: {what}")


program, plugin = sys.argv[1:]
for path in (program, plugin):
    segments, dynamic = readelf("-l", path), readelf("-d", path)
    expect("GNU_RELRO" in segments, path, "no read-only relocations (-z relro)")
    expect(re.search(r"BIND_NOW|Flags:.*NOW", dynamic), path, "not bound at once (-z now)")
    expect(re.search(r"GNU_STACK .* RW +0x", segments), path, "an executable stack")
    expect("TEXTREL" not in dynamic, path, "relocations in code")
expect("DYN (" in readelf("-h", program), program, "not position-independent")
symbols = readelf("--dyn-syms", program)
expect("__stack_chk_fail" in symbols, program, "no stack protector")
for name in ("__snprintf_chk", "__vsnprintf_chk"):
    expect(name in symbols, program, f"no _FORTIFY_SOURCE: {name} is not called")
for line in problems:
    print(line)
sys.exit(bool(problems))
