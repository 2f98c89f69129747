"""Ordering a new environment, and everything that is checked before."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError

from provisioner import audit, blueprints, encryption, permissions
from provisioner.database import constraints
from provisioner.models import CloudAccount, Environment, Run, Team
from provisioner.operations import acts, answers, clashes, free_ranges, requests
from provisioner.run_status import EnvironmentStatus, RunKind

if TYPE_CHECKING:
    from provisioner.permissions import User


class Refused(Exception):
    """The order cannot be taken. `errors`: messages by form field, "__all__" for the whole form."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        self.errors = errors
        super().__init__(" ".join(f"{name}: {' '.join(messages)}" for name, messages in errors.items()))


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a person asks for. `values` are typed and complete (`Checked.values` of the blueprint).

    `open_ranges`: names of the address ranges that the portal chose (`open_ranges`), and may choose again.
    """

    blueprint: blueprints.Blueprint
    name: str
    team: Team
    account: CloudAccount
    size: str
    values: dict[str, Any]
    by: "User"
    idempotency_key: str = ""
    open_ranges: frozenset[str] = frozenset()


def open_ranges(*, blueprint: blueprints.Blueprint, raw: Mapping[str, Any], size: str) -> frozenset[str]:
    """Names of the address ranges that neither the person nor the size gives: any that is free will do."""
    preset = blueprint.size(size)
    named = {name for name, value in raw.items() if value is not None} | set(preset.inputs if preset else ())
    return frozenset(free_ranges.asked_for(blueprint)) - named


def check_order(
    *,
    blueprint: blueprints.Blueprint,
    account: CloudAccount,
    name: str,
    raw: Mapping[str, Any],
    size: str,
) -> tuple[dict[str, list[str]], dict[str, Any]]:
    """Errors by field (empty: it can be ordered) and the typed values. Never raises on what was typed."""
    given = _with_free_ranges(blueprint, account, raw, size)
    checked = blueprints.check_inputs(blueprint, given, size=size or None)
    errors = {field: list(messages) for field, messages in checked.errors.items()}
    if wrong := blueprints.check_name(name) or clashes.name_taken(account=account, name=name):
        errors["name"] = wrong
    for field, messages in _clashes(blueprint, account, checked).items():
        errors.setdefault(field, []).extend(messages)
    if refusal := _whole(blueprint, account, size):
        errors.setdefault(blueprints.WHOLE_FORM, []).append(refusal)
    return errors, checked.values


def was_asked_for(run: Run, *, blueprint: blueprints.Blueprint, raw: Mapping[str, Any]) -> bool:
    """Whether these answers are the ones that an order's run has; a range that they leave open may be any."""
    still_open = open_ranges(blueprint=blueprint, raw=raw, size=run.size)
    # What was good on the day of the order may be over by now.
    checked = blueprints.check_inputs(blueprint, raw, size=run.size or None, standing=run.inputs)
    return checked.errors.keys() <= still_open and all(
        name in run.inputs and answers.are_same(run.inputs[name], value)
        for name, value in checked.values.items()
        if name not in still_open
    )


def _with_free_ranges(
    blueprint: blueprints.Blueprint, account: CloudAccount, raw: Mapping[str, Any], size: str
) -> dict[str, Any]:
    """The answers, and a range that is free in the account for each that neither person nor size names."""
    still_open = open_ranges(blueprint=blueprint, raw=raw, size=size)
    free = free_ranges.free_ranges(blueprint, account) if still_open else {}
    return {**raw, **{name: value for name, value in free.items() if name in still_open}}


def order(order: Order, *, now: datetime) -> Run:
    """Create the environment and queue its first run; the same order with the same key gives the earlier run.

    Raises Refused, requests.KeyUsedOtherwise.
    """
    try:
        with acts.act_of(order.by):
            return _order(order, now)
    except IntegrityError as error:
        same_name = constraints.is_violation_of(error, "environment_name_once_per_account", of=Environment)
        if not same_name and not constraints.is_violation_of(error, "run_idempotent", of=Run):
            raise
        # Another transaction was faster, with the same key or with the same name.
        if run := _repeated(order):
            return run
        taken = f"{order.account.title} has an environment called {order.name} now. Choose another name."
        raise Refused({"name": [taken]}) from None


def _order(order: Order, now: datetime) -> Run:
    # The account's row lock: of two orders with overlapping ranges, the second must see the first.
    account = CloudAccount.objects.select_for_update().get(pk=order.account.pk)
    if run := _repeated(order):
        return run
    order = _sound(order, account)
    environment = _environment(order, account, now)
    request = requests.Request(
        kind=RunKind.CREATE,
        by=order.by,
        blueprint=order.blueprint,
        size=order.size,
        inputs=environment.inputs,
        networks=environment.networks,
        idempotency_key=order.idempotency_key,
    )
    run = requests.queue(environment, request, was="", now=now)
    details = {"blueprint": order.blueprint.slug, "size": order.size, "account": account.slug}
    audit.record(
        "environment.order", subject=audit.environment_subject(environment, run=run), details=details, at=now
    )
    return run


def _repeated(order: Order) -> Run | None:
    """The run that this very order had before. Raises KeyUsedOtherwise where the key had another one."""
    run = requests.earlier(by=order.by, idempotency_key=order.idempotency_key)
    if run is not None and not _asks_for(order, run):
        raise requests.KeyUsedOtherwise
    return run


def _asks_for(order: Order, run: Run) -> bool:
    there = run.environment
    had = (run.kind, there.name, there.blueprint, there.account_id, there.team_id, run.size)
    slug, account, team = order.blueprint.slug, order.account.pk, order.team.pk
    return had == (RunKind.CREATE, order.name, slug, account, team, order.size) and all(
        name in run.inputs and answers.are_same(run.inputs[name], value)
        for name, value in order.values.items()
        if name not in order.open_ranges
    )


def _sound(order: Order, account: CloudAccount) -> Order:
    """The order, checked once more; its open ranges are chosen among what is free now. Raises Refused."""
    given = {name: value for name, value in order.values.items() if name not in order.open_ranges}
    errors, values = check_order(
        blueprint=order.blueprint, account=account, name=order.name, raw=given, size=order.size
    )
    if not permissions.may_order_for(order.by, order.team):
        errors.setdefault(blueprints.WHOLE_FORM, []).append(f"You may not order for team {order.team.name}.")
    if errors:
        raise Refused(errors)
    chosen = {name: values[name] for name in order.open_ranges}
    return replace(order, values=order.values | chosen)


def _environment(order: Order, account: CloudAccount, now: datetime) -> Environment:
    return Environment.objects.create(
        name=order.name,
        team=order.team,
        account=account,
        owner=order.by,
        blueprint=order.blueprint.slug,
        size=order.size,
        inputs=encryption.encrypted(order.values, names=order.blueprint.sensitive_variables),
        networks=clashes.networks_of(order.blueprint, order.values),
        status=EnvironmentStatus.CREATING,
        created_at=now,
    )


def _clashes(
    blueprint: blueprints.Blueprint, account: CloudAccount, checked: blueprints.Checked
) -> dict[str, list[str]]:
    sound = {name: value for name, value in checked.values.items() if name not in checked.errors}
    return clashes.overlaps(blueprint=blueprint, account=account, values=sound)


def _whole(blueprint: blueprints.Blueprint, account: CloudAccount, size: str) -> str:
    if not account.is_enabled:
        return f"{account.title} takes no orders at present."
    if blueprint.sizes and not size:
        return "Choose a size."
    if blueprint.regions and account.region not in blueprint.regions:
        return f"{blueprint.title} is offered in {', '.join(blueprint.regions)}, not in {account.region}."
    return ""
