"""Starts a Celery worker with its queues and concurrency, so that they are defined in one place."""

import socket
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand
from django.core.management.base import CommandParser

from portal import checks
from provisioner import shutdown
from provisioner.celery_app import app
from provisioner.scheduling import hosts
from provisioner.worker import supervisor

LISTENING_SECONDS = 30


class Command(BaseCommand):
    help = "Start the runs worker (Terraform) or the control worker (housekeeping) in the foreground."
    requires_system_checks = [checks.SETTINGS]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=["runs", "control"], nargs="?", default="runs")
        parser.add_argument("--name", action="store_true", help="Only print the worker's Celery name.")
        parser.add_argument(
            "--in-container",
            action="store_true",
            help="After a stop request, wait up to STOP_GRACE_SECONDS for the runs: "
            "the end of a container also ends its Terraform.",
        )

    def handle(self, *args: Any, kind: str, name: bool, in_container: bool, **options: Any) -> None:
        if name:
            self.stdout.write(_name(kind))
            return
        if in_container:
            supervisor.supervise(runs_dir=settings.RUNS_DIR, grace_seconds=settings.STOP_GRACE_SECONDS)
        else:
            shutdown.forget()
        app.conf.broker_transport_options |= {"socket_timeout": LISTENING_SECONDS}
        app.worker_main(["worker", *_shape(kind), "--without-gossip", "--without-mingle"])


def _name(kind: str) -> str:
    return f"{kind}@{socket.gethostname()}"


def _shape(kind: str) -> list[str]:
    if kind == "control":
        # Its tasks are short and run one after the other: a pool would only be a second process.
        return ["-n", _name(kind), "-Q", "control", "--pool", "solo"]
    # A plan is applied on the host of its workspace: each host has its own queue and the shared one.
    queues = f"runs,runs.{hosts.host_id()}"
    return ["-n", _name(kind), "-Q", queues, "-c", str(settings.RUN_SLOTS)]
