"""One run of the demo: prepare, start, welcome, watch, stop. Django must be set up."""

import sys

from django.conf import settings
from django.core.management import call_command

from portal import checks
from portal.demo import first_environment, forks, processes, seed_users
from portal.demo.addresses import Addresses
from portal.demo.supervisor import NeverReady, Supervisor, child_environment
from provisioner import accounts, operations
from provisioner.terraform import running

START_SECONDS = 120
# The runs worker ends when its Terraform has ended; this limits the wait.
STOP_SECONDS = 25


class NotPrepared(Exception):
    """The database could not be prepared."""


def run(where: Addresses, *, with_first_environment: bool) -> int:
    """Run the demo until Ctrl-C. Returns the process's exit code."""
    checks.refuse_to_start()
    supervisor = Supervisor(
        addresses=where, var_dir=settings.VAR_DIR, environment=child_environment(), say=_say
    )
    supervisor.catch_signals()
    try:
        _start(supervisor, where)
        if not supervisor.stop_asked:
            _welcome(where, with_first_environment=with_first_environment)
        supervisor.watch()
    except (NeverReady, NotPrepared, processes.RedisMissing) as error:
        _say(f"The demo cannot start: {error}")
        return 1
    finally:
        _stop(supervisor)
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _start(supervisor: Supervisor, where: Addresses) -> None:
    var_dir = settings.VAR_DIR
    _say("Preparing the database ...")
    # In a fork, like the first order: a child must not inherit a connection.
    if not forks.apart(_prepare):
        raise NotPrepared("the database could not be prepared. The reason is above.")
    forks.preload()
    _say("Starting the simulated AWS account, Redis, the web server and the workers ...")
    latency = settings.CONFIGURATION.simulated_latency
    services = [processes.simulated_aws(where, folder=var_dir / "aws", latency=latency)]
    if not settings.CONFIGURATION.redis_url:
        services.append(processes.embedded_redis(where, folder=var_dir / "redis"))
    supervisor.start(services, within_seconds=START_SECONDS)
    supervisor.start(
        [processes.web(where), *processes.workers(var_dir=var_dir)], within_seconds=START_SECONDS
    )


def _prepare() -> None:
    call_command("migrate", verbosity=0, interactive=False)
    accounts.sync(settings.CLOUD_ACCOUNTS)
    seed_users.make(password=settings.CONFIGURATION.demo_password)


def _welcome(where: Addresses, *, with_first_environment: bool) -> None:
    _say(f"\n  The portal is up:  {where.portal_url}\n")
    if with_first_environment:
        forks.apart(lambda: _order_first(where))
    _say(f"  Sign in as         {', '.join(seed_users.PEOPLE)}")
    _say(f"  Password           {_password_hint()}")
    _say(
        "  Roles              alice and bob order, oscar approves, audrey reads the audit trail, ada is admin"
    )
    _say(f"  Logs               {settings.VAR_DIR / 'log'}")
    _say("  Stop               Ctrl-C\n")


def _order_first(where: Addresses) -> None:
    try:
        ordered = first_environment.order()
    except operations.Refused as refusal:
        _say(f"  The first environment was refused: {refusal}")
        return
    if ordered:
        _say(f"  Being built now    {where.portal_url}/runs/{ordered.pk}/")


def _password_hint() -> str:
    from_environment = "demo_password" in settings.CONFIGURATION.model_fields_set
    return "as set in DEMO_PASSWORD" if from_environment else settings.CONFIGURATION.demo_password


def _stop(supervisor: Supervisor) -> None:
    _say("Stopping ...")
    supervisor.stop(["beat", "worker-control"], within_seconds=STOP_SECONDS)
    # Asked first, so that it takes no new run. It stays to record how each run ends.
    supervisor.ask_to_stop("worker-runs")
    if count := running.request_stop_of_all(settings.RUNS_DIR):
        _say(f"Stopping {count} Terraform run(s); the next start records how they ended ...")
    if not running.wait_until_stopped(settings.RUNS_DIR, within_seconds=STOP_SECONDS):
        running.kill_all(settings.RUNS_DIR)
    supervisor.stop(["worker-runs"], within_seconds=STOP_SECONDS)
    supervisor.stop(["web", "aws", "redis"], within_seconds=STOP_SECONDS)
    (settings.VAR_DIR / "demo.json").unlink(missing_ok=True)
    _say("Stopped. All data is kept: `make demo` continues.")
