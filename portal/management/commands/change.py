"""Change an environment from the shell. Without a change, plan it again."""

from typing import Any

from django.core.management import BaseCommand
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from portal import access, checks
from portal.accounts.models import User
from portal.management import cli
from provisioner import operations, permissions
from provisioner.models import Environment, Run
from provisioner.run_status import SUCCEEDED, RunStatus


class Command(BaseCommand):
    help = "Change an environment, or plan it again without a change. With --wait, print the events."
    # Django's own checks would import every page of the portal.
    requires_system_checks = [checks.SETTINGS]

    def add_arguments(self, parser: CommandParser) -> None:
        cli.add_environment_arguments(parser)
        parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="inputs")
        parser.add_argument("--size", default="", help="Default: unchanged. A new size sets its values.")
        parser.add_argument("--wait", action="store_true")
        cli.add_person_argument(parser)

    def handle(self, *args: Any, name: str, wait: bool, person: str, **options: Any) -> None:
        who = cli.person(person)
        with cli.acting(who, command="change"):
            environment = cli.environment(who, name, account=options["account"])
            run = ask(who, environment, size=options["size"], inputs=cli.inputs(options["inputs"]))
        self.stdout.write(f"Change of {name} requested, run {run.pk}.")
        if not wait:
            return
        run = cli.watch(run, write=self.stdout.write)
        if run.status not in SUCCEEDED:
            raise CommandError(f"Not changed: {RunStatus(run.status).label.lower()}. {run.reason}".strip())


def ask(who: User, environment: Environment, *, size: str, inputs: dict[str, str]) -> Run:
    """Queue the run that changes it. Raises CommandError."""
    with cli.report_refusals("Not changed.", of=environment.name):
        found = access.environment(who, environment.pk, act=permissions.Act.CHANGE)
        request = operations.ChangeRequest(
            environment_id=found.pk, size=size or None, inputs=inputs, keeps_others=True, by=who
        )
        return operations.change(request, now=timezone.now())
