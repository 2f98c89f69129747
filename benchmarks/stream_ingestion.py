"""The worker's part of benchmarks/stream.py: the ingestion of one phase, then the final status.

python stream_ingestion.py <run id>        prints {"seconds", "cpu_seconds", "megabytes"}
"""

import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from provisioner.models import Run  # noqa: E402
from provisioner.run_status import RunStatus  # noqa: E402
from provisioner.runs import lifecycle  # noqa: E402
from provisioner.terraform import redaction  # noqa: E402
from provisioner.worker import ingestion  # noqa: E402


def main() -> None:
    run = Run.objects.get(pk=sys.argv[1])
    redactor = redaction.Redactor(["a-secret-of-the-account", "another-one-it-holds"])
    follower = ingestion.Ingestion(
        run=run, phase="apply", directory=settings.RUNS_DIR / str(run.pk), redactor=redactor
    )
    # Connects to the database and to Redis: a real worker's process has done this before.
    ingestion.add_note(run=run, message="The source may start.")
    (settings.RUNS_DIR / str(run.pk) / "module/go").touch()
    start, start_cpu = time.monotonic(), time.process_time()
    follower.follow()
    seconds, cpu_seconds = time.monotonic() - start, time.process_time() - start_cpu
    applied = lifecycle.Move(to=RunStatus.APPLIED)
    lifecycle.move(run_id=run.pk, to=applied, now=timezone.now(), fence=run.fence)
    status = Path("/proc/self/status").read_text().splitlines()
    # Not getrusage: its peak includes that of the parent process.
    megabytes = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
    measured = {"seconds": seconds, "cpu_seconds": cpu_seconds, "megabytes": megabytes}
    sys.stdout.write(json.dumps(measured))


main()
