"""User data run for real by bash, in a folder that stands for the instance, with stand-ins for its programs.

The stand-ins are programs on the PATH: they note how they were called, and fail where a test asks for it.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

STAND_INS = (
    "aws",
    "chmod",
    "curl",
    "dnf",
    "id",
    "logger",
    "nginx",
    "python3.11",
    "sleep",
    "systemctl",
    "useradd",
)
NOTE = """#!/bin/bash
name=$(basename "$0")
[[ $name == logger ]] && exec cat
echo "$name $*" >>"$CALLS"
[[ $FAILS && "$name $*" == *"$FAILS"* ]] && exit 7
exit 0
"""
# Each look at the clock is 30 s later: a wait of two minutes takes none.
CLOCK = """#!/bin/bash
echo tick >>"$CALLS.clock"
echo $((1000 + 30 * $(wc -l <"$CALLS.clock")))
"""


@dataclass(frozen=True)
class Boot:
    """What a boot left: exit code, what it printed, how the stand-ins were called, and the root folder."""

    code: int
    log: str
    calls: list[str]
    root: Path


def boot(script: str, *, root: Path, fails: str = "") -> Boot:
    """Run `script` below `root`. The first stand-in whose call contains `fails` ends with an error."""
    for folder in ("bin", "etc/systemd/system", "etc/nginx/conf.d", "opt/app/venv/bin", "var/log", "dev"):
        (root / folder).mkdir(parents=True)
    for name in STAND_INS:
        _program(root / "bin" / name, NOTE)
    _program(root / "bin/date", CLOCK)
    _program(root / "opt/app/venv/bin/pip", NOTE)
    for place in ("/etc/", "/opt/", "/var/log/", "/dev/console"):
        script = script.replace(place, f"{root}{place}")
    environment = {
        "PATH": f"{root}/bin:{os.environ['PATH']}",
        "CALLS": str(root / "calls"),
        "FAILS": fails,
    }
    ended = subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=30
    )
    calls = (root / "calls").read_text().splitlines() if (root / "calls").exists() else []
    return Boot(ended.returncode, ended.stdout, calls, root)


def _program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)
