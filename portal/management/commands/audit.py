"""Verify the audit trail, or export it."""

import uuid
from typing import Any

from django.core.management import BaseCommand
from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from portal.audit import export
from provisioner import audit
from provisioner.models import AuditEntry

# A shell on this machine belongs to its administrator; the portal has no better name for that person.
SHELL = audit.Actor(name="portal", role="system", user_agent="manage.py audit", request_id=str(uuid.uuid4()))


class Command(BaseCommand):
    help = "Verify the hash chain of the audit trail, or export the audit trail, oldest entry first."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("verify", help="Verify every entry. Exits with 1 if the chain is broken.")
        exporting = acts.add_parser("export", help="Write every entry to standard output.")
        exporting.add_argument("--format", choices=["csv", "jsonl"], default="jsonl")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        if act == "verify":
            self._verify()
        else:
            self._export(options["format"])

    def _verify(self) -> None:
        verdict = audit.verify()
        if not verdict.is_intact:
            raise CommandError(
                f"The audit trail is broken: {verdict.reason}. "
                f"The {verdict.entries} entries before it are valid."
            )
        self.stdout.write(
            f"The audit trail is complete: {verdict.entries} entries, head {verdict.head_hash}."
        )

    def _export(self, form: str) -> None:
        with audit.acting(SHELL), transaction.atomic():
            entry = audit.record(
                "audit.export", subject=audit.Subject(type="audit"), details={"format": form}
            )
        # The export ends with its own entry; later entries belong to the next export.
        entries = AuditEntry.objects.filter(seq__lte=entry.seq).order_by("seq").iterator(chunk_size=2000)
        line = export.csv_line if form == "csv" else export.json_line
        if form == "csv":
            self.stdout.write(export.csv_header(), ending="")
        for each in entries:
            self.stdout.write(line(each), ending="")
