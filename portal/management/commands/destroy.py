"""Destroying an environment from the shell."""

from typing import Any

from django.core.management import BaseCommand
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from portal import access, checks, shell
from portal.accounts.models import User
from provisioner import operations, permissions
from provisioner.models import Environment, Run
from provisioner.run_status import SUCCEEDED, RunStatus


class Command(BaseCommand):
    help = "Destroy an environment. With --wait, print the events and exit with 0 once it is gone."
    # Not Django's own checks: they import every page of the portal.
    requires_system_checks = [checks.SETTINGS]

    def add_arguments(self, parser: CommandParser) -> None:
        shell.add_environment_arguments(parser)
        parser.add_argument("--wait", action="store_true")
        shell.add_person_argument(parser)

    def handle(self, *args: Any, name: str, wait: bool, person: str, **options: Any) -> None:
        who = shell.person(person)
        with shell.acting(who, command="destroy"):
            run = ask(who, shell.environment(who, name, account=options["account"]))
        self.stdout.write(f"Asked to destroy {name}, run {run.pk}.")
        if not wait:
            return
        run = shell.watch(run, write=self.stdout.write)
        if run.status not in SUCCEEDED:
            shell.explain(run, write=self.stdout.write)
            raise CommandError(f"Not destroyed: {RunStatus(run.status).label.lower()}. {run.reason}".strip())


def ask(who: User, environment: Environment) -> Run:
    """Queue the run that destroys it. Raises CommandError."""
    with shell.refusals_told("Not destroyed.", of=environment.name):
        found = access.environment(who, environment.pk, act=permissions.Act.DESTROY)
        return operations.destroy(environment_id=found.pk, by=who, now=timezone.now())
