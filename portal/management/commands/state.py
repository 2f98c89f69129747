"""An environment's Terraform state: versions and resources, never a value."""

from typing import Any

from django.core.management import BaseCommand
from django.core.management.base import CommandParser

from portal.management import cli
from provisioner.models import StateVersion


class Command(BaseCommand):
    help = "Show the versions of an environment's state, and the resources of the newest."

    def add_arguments(self, parser: CommandParser) -> None:
        cli.add_environment_arguments(parser)
        cli.add_person_argument(parser)

    def handle(self, *args: Any, name: str, person: str, **options: Any) -> None:
        who = cli.person(person)
        with cli.acting(who, command="state"):
            environment = cli.environment(who, name, account=options["account"])
        versions = list(environment.state_versions.select_related("run"))
        if not versions:
            self.stdout.write(f"{name} has no state yet.")
            return
        for version in versions:
            self.stdout.write(described(version))
        for resource in versions[0].resources:
            self.stdout.write(f"  {resource['address']}  {resource.get('id') or ''}".rstrip())


def described(version: StateVersion) -> str:
    """A version in one line: serial, time (UTC), run, size, version in S3."""
    at = f"{version.written_at:%Y-%m-%d %H:%M:%S}"
    run = f"run {version.run.number} ({version.run.kind})"
    return f"serial {version.serial:<4} {at}  {run:<18} {version.size_bytes:>8} B  {version.version_id}"
