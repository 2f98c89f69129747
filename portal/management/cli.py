"""What the commands share: the person they act for, and following a run to its end."""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.exceptions import PermissionDenied
from django.core.management.base import CommandError, CommandParser
from django.db import connection
from django.http import Http404

from portal.accounts.models import Role, User
from provisioner import audit, explanations, operations, permissions
from provisioner.database import outage
from provisioner.models import Environment, Run
from provisioner.run_status import FINAL, WAITING_FOR_A_SLOT, EnvironmentStatus, RunStatus
from provisioner.runs import events
from provisioner.scheduling import queue

POLL_SECONDS = 0.25
STATUS_EVERY = 20  # polls
PATIENCE_SECONDS = 60.0  # with a database that is away


def add_person_argument(parser: CommandParser) -> None:
    """`--as USER`."""
    parser.add_argument("--as", dest="person", metavar="USER", default="", help="Default: the first admin.")


def add_environment_arguments(parser: CommandParser) -> None:
    """`NAME`, and `--account SLUG` for a name that several accounts have."""
    parser.add_argument("name")
    parser.add_argument("--account", default="", metavar="SLUG", help="Default: the only one with that name.")


def person(name: str) -> User:
    """The person to act for: the one named, or the portal's first admin. Raises CommandError."""
    need_tables()
    active = User.objects.filter(is_active=True)
    if name:
        found = active.filter(username=name).first()
        problem = f"There is no active person called {name}."
    else:
        found = active.filter(role=Role.ADMIN).order_by("pk").first()
        problem = "There is no admin yet. Add one (manage.py person NAME --role admin), or use --as USER."
    if found is None:
        raise CommandError(problem)
    return found


def need_tables() -> None:
    """Raises CommandError on a database without tables."""
    if User._meta.db_table not in connection.introspection.table_names():
        raise CommandError("The database is empty. Start the portal first: make demo, or manage.py migrate.")


@contextmanager
def acting(who: User, *, command: str) -> Iterator[None]:
    """Everything that is audited inside was done by this person, from the shell."""
    actor = audit.Actor(
        name=who.username, role=who.role, user_agent=f"manage.py {command}", request_id=str(uuid.uuid4())
    )
    with audit.acting(actor):
        yield


@contextmanager
def report_refusals(beginning: str, *, of: str) -> Iterator[None]:
    """Turn refusals of the engine and of access checks into a CommandError that starts with `beginning`."""
    try:
        yield
    except Http404:
        raise CommandError(f"There is no environment called {of}.") from None
    except (PermissionDenied, operations.ActiveRun) as refusal:
        raise CommandError(f"{beginning} {refusal}") from refusal
    except operations.Refused as refusal:
        raise CommandError(f"{beginning}\n{_by_field(refusal)}") from refusal


def _by_field(refusal: operations.Refused) -> str:
    lines = [f"  {field}: {' '.join(found)}" for field, found in refusal.errors.items() if field != "__all__"]
    return "\n".join(lines + [f"  {sentence}" for sentence in refusal.errors.get("__all__", [])])


def inputs(given: list[str]) -> dict[str, str]:
    """Values by input name from `KEY=VALUE`. Raises CommandError."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise CommandError(f"--set {text}: use KEY=VALUE.")
        if name in found:
            raise CommandError(f"--set {name}: given twice.")
        found[name] = value
    return found


def environment(who: User, name: str, *, account: str = "") -> Environment:
    """The active environment of this name that the person may see. Raises CommandError."""
    visible = permissions.visible_environments(who).filter(name=name)
    if account:
        visible = visible.filter(account__slug=account)
    found = list(visible.exclude(status=EnvironmentStatus.DESTROYED).select_related("account"))
    if not found:
        where = f" in account {account}" if account else ""
        was = " It has been destroyed." if visible.exists() else ""
        raise CommandError(f"There is no environment called {name}{where}.{was}")
    if len(found) > 1:
        accounts = ", ".join(sorted(each.account.slug for each in found))
        raise CommandError(
            f"Several accounts have an environment called {name}. Use --account with one of: {accounts}."
        )
    return found[0]


def watch(run: Run, *, write: Callable[[str], object]) -> Run:
    """Print a run's events as they come, until it ends or needs attention. Returns the run."""
    cursor, polls, printed, since = 0, 0, "", 0.0
    while True:
        try:
            found = events.after(run_id=run.pk, cursor=cursor, limit=500)
            run.refresh_from_db()
        except outage.ERRORS:
            connection.close()
            since = since or time.monotonic()
            if time.monotonic() - since > PATIENCE_SECONDS:
                raise
            time.sleep(1)
            continue
        since = 0.0
        for event in found:
            write(line(event))
            cursor = event["seq"]
        if cursor >= run.last_seq:
            if run.status in FINAL or run.status == RunStatus.NEEDS_ATTENTION:
                return run
            if polls % STATUS_EVERY == 0 and (word := _queue_status(run)) not in ("", printed):
                printed = word
                write(f"          … {word}")
            polls += 1
            time.sleep(POLL_SECONDS)


def explain(run: Run, *, write: Callable[[str], object]) -> None:
    """Print why the run failed, what exists now and what to do; nothing if it has not failed."""
    found = explanations.explain_run(run)
    if found is None:
        return
    write("")
    write(_printable(found.title))
    write(_printable(f"  Why:        {found.cause}"))
    write(_printable(f"  Exists now: {' '.join(found.exists.words)}"))
    for number, step in enumerate(found.steps, start=1):
        write(_printable(f"  {number}. {step}"))


def line(event: events.SentEvent) -> str:
    """An event as the shell shows it: time (UTC), phase, resource, message."""
    resource, message = event["resource"], event["message"]
    # Most messages of Terraform start with the resource.
    text = f"{resource}: {message}" if resource and not message.startswith(resource) else message
    text = text.replace("\n", "\n" + " " * 20)
    return f"{event['at'][11:19]}  {event['phase']:<8}  {_printable(text)}"


def _queue_status(run: Run) -> str:
    found = queue.position(run) if run.status in WAITING_FOR_A_SLOT | {RunStatus.PLANNED} else None
    return found.reason if found else ""


def _printable(text: str) -> str:
    # Output of Terraform and providers can contain control sequences, which a terminal would execute.
    return "".join(
        each if each.isprintable() or each == "\n" else "\N{REPLACEMENT CHARACTER}" for each in text
    )
