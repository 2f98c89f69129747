"""Order an environment from the shell."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from portal import checks
from portal.management import cli
from provisioner import accounts, operations
from provisioner.models import CloudAccount, Run
from provisioner.run_status import RunStatus


class Command(BaseCommand):
    help = "Order an environment. With --wait, print its events and exit with 0 once it is applied."
    # Django's own checks would import every page of the portal.
    requires_system_checks = [checks.SETTINGS]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("blueprint")
        parser.add_argument("--name", required=True)
        parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="inputs")
        parser.add_argument("--account", default="", help="Default: the only one.")
        parser.add_argument("--team", default="", help="Default: the person's first team.")
        parser.add_argument("--size", default="", help="Default: the blueprint's first.")
        parser.add_argument("--wait", action="store_true")
        cli.add_person_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        who = cli.person(options["person"])
        request = operations.OrderRequest(
            blueprint=options["blueprint"],
            name=options["name"],
            inputs=cli.inputs(options["inputs"]),
            by=who,
            team=options["team"],
            account=options["account"],
            size=options["size"],
        )
        with cli.acting(who, command="order"):
            run = place(request)
        self.stdout.write(f"Ordered {run.environment.name}, run {run.pk}.")
        if options["wait"]:
            self._wait(run)

    def _wait(self, run: Run) -> None:
        run = cli.watch(run, write=self.stdout.write)
        if run.status != RunStatus.APPLIED:
            cli.explain(run, write=self.stdout.write)
            raise CommandError(f"Not created: {RunStatus(run.status).label.lower()}. {run.reason}".strip())


def place(request: operations.OrderRequest) -> Run:
    """Place the order. Creates the accounts if no worker has done so yet. Raises CommandError."""
    if not CloudAccount.objects.exists():
        accounts.sync(settings.CLOUD_ACCOUNTS)
    with cli.report_refusals("Not ordered.", of=request.name):
        return operations.order(request, now=timezone.now())
