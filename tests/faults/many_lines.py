"""The ingestion only: writes Terraform's file, then stores it; prints seconds and peak memory in MB.

python -m tests.faults.many_lines <run id> <lines>
"""

import json
import os
import sys
import time
from pathlib import Path

import django


def main(run_id: str, lines: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    django.setup()
    from provisioner.models import Run
    from provisioner.terraform import phase, redaction
    from provisioner.worker import ingestion, preparation

    run = Run.objects.get(pk=run_id)
    directory = preparation.directory_of(run)
    (directory / "apply").mkdir(parents=True)
    with phase.stream_path(directory, phase="apply").open("w") as stream:
        for number in range(1, int(lines) + 1):
            stream.write(f'{{"@level":"info","@message":"line {number}","type":"log"}}\n')
    verdict = {"exit_code": 0, "step": "apply", "reason": "finished", "started_at": "", "finished_at": ""}
    (directory / "apply" / "exit.json").write_text(json.dumps(verdict))
    follower = ingestion.Ingestion(
        run=run, phase="apply", directory=directory, redactor=redaction.Redactor(["a-secret"])
    )
    started = time.monotonic()
    follower.follow()
    sys.stdout.write(f"{time.monotonic() - started} {_peak_megabytes()}")


def _peak_megabytes() -> float:
    # Not getrusage: its peak includes that of the parent process.
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main(*sys.argv[1:])
