"""Proving the trail, and taking it elsewhere."""

import uuid
from typing import Any

from django.core.management import BaseCommand
from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from portal.audit import export
from provisioner import audit
from provisioner.models import AuditEntry

FORMATS = {"csv": export.csv_lines, "jsonl": export.json_lines}
# Whoever has a shell here is the machine's owner; the portal knows no better name for them.
SHELL = audit.Actor(name="portal", role="system", user_agent="manage.py trail", request_id=str(uuid.uuid4()))


class Command(BaseCommand):
    help = "Verify the trail's chain, or export the trail, oldest entry first."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("verify", help="Walk the whole chain; exit with 1 where it is broken.")
        exporting = acts.add_parser("export", help="Write every entry to standard output.")
        exporting.add_argument("--format", choices=sorted(FORMATS), default="jsonl")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        if act == "verify":
            self._verify()
        else:
            self._export(options["format"])

    def _verify(self) -> None:
        verdict = audit.verify()
        if not verdict.is_whole:
            raise CommandError(
                f"The trail is broken: {verdict.reason}. {verdict.entries} entries before hold."
            )
        self.stdout.write(f"The trail is whole: {verdict.entries} entries, head {verdict.head_hash}.")

    def _export(self, form: str) -> None:
        with audit.acting(SHELL), transaction.atomic():
            noted = audit.record(
                "trail.export", subject=audit.Subject(type="trail"), details={"format": form}
            )
        # Up to and with the note about this export: what is written meanwhile belongs to the next.
        entries = AuditEntry.objects.filter(seq__lte=noted.seq).order_by("seq").iterator(chunk_size=2000)
        for text in FORMATS[form](entries):
            self.stdout.write(text, ending="")
