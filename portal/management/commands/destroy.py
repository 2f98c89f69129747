"""Destroy an environment from the shell."""

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
    help = "Destroy an environment. With --wait, print the events and exit with 0 once it is gone."
    # Django's own checks would import every page of the portal.
    requires_system_checks = [checks.SETTINGS]

    def add_arguments(self, parser: CommandParser) -> None:
        cli.add_environment_arguments(parser)
        parser.add_argument("--wait", action="store_true")
        cli.add_person_argument(parser)

    def handle(self, *args: Any, name: str, wait: bool, person: str, **options: Any) -> None:
        who = cli.person(person)
        with cli.acting(who, command="destroy"):
            run = ask(who, cli.environment(who, name, account=options["account"]))
        self.stdout.write(f"Destroy of {name} requested, run {run.pk}.")
        if not wait:
            return
        run = cli.watch(run, write=self.stdout.write)
        if run.status not in SUCCEEDED:
            cli.explain(run, write=self.stdout.write)
            raise CommandError(f"Not destroyed: {RunStatus(run.status).label.lower()}. {run.reason}".strip())


def ask(who: User, environment: Environment) -> Run:
    """Queue the run that destroys it. Raises CommandError."""
    with cli.report_refusals("Not destroyed.", of=environment.name):
        found = access.environment(who, environment.pk, act=permissions.Act.DESTROY)
        return operations.destroy(environment_id=found.pk, by=who, now=timezone.now())
