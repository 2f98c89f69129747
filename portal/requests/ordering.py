"""An order as a program or the shell gives it: names instead of rows, with defaults for what was left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404

from portal import access
from portal.accounts.models import User
from provisioner import catalogue, operations, permissions
from provisioner.blueprints import Blueprint
from provisioner.models import CloudAccount, Run, Team
from provisioner.run_status import RunKind


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody asks for, by name. Empty: the only account, their first team, the first size."""

    blueprint: str
    name: str
    inputs: Mapping[str, Any]
    by: User
    team: str = ""
    account: str = ""
    size: str = ""
    key: str = ""


def place(wish: Wish, *, now: datetime) -> Run:
    """Order it; the same key again gives the earlier run.

    Raises operations.Refused with messages by field, operations.KeyUsedOtherwise.
    """
    if earlier := _earlier(wish):
        return earlier
    errors: dict[str, list[str]] = {}
    blueprint = _blueprint(wish, errors)
    account = _account(wish, errors)
    team = _team(wish, errors)
    if blueprint is None or account is None or team is None:
        raise operations.Refused(errors)
    size = wish.size or blueprint.default_size or ""
    errors, values = operations.check_order(
        blueprint=blueprint, account=account, name=wish.name, raw=wish.inputs, size=size
    )
    if errors:
        raise operations.Refused(errors)
    order = operations.Order(
        blueprint=blueprint, name=wish.name, team=team, account=account, size=size, values=values,
        by=wish.by, idempotency_key=wish.key,
        open_ranges=operations.open_ranges(blueprint=blueprint, raw=wish.inputs, size=size),
    )  # fmt: skip
    return operations.order(order, now=now)


def default_team(person: User) -> Team | None:
    """The team of an order that names none: the person's own first, else the first they may order for."""
    offered = permissions.teams_to_order_for(person).order_by("pk")
    return offered.filter(members=person).first() or offered.first()


def _earlier(wish: Wish) -> Run | None:
    if not wish.key:
        return None
    found = (
        Run.objects.select_related("environment__team", "environment__account")
        .filter(requested_by=wish.by, idempotency_key=wish.key)
        .first()
    )
    # Asked here before the checks: the name that an order took is no longer free for its own repetition.
    if found and not _is_of(found, wish):
        raise operations.KeyUsedOtherwise
    return found


def _is_of(run: Run, wish: Wish) -> bool:
    there = run.environment
    blueprint = catalogue.blueprint(wish.blueprint)
    return (
        (run.kind, there.name, there.blueprint) == (RunKind.CREATE, wish.name, wish.blueprint)
        and wish.team in ("", there.team.slug)
        and wish.account in ("", there.account.slug)
        and (blueprint is None or _is_answered(run, wish, blueprint))
    )


def _is_answered(run: Run, wish: Wish, blueprint: Blueprint) -> bool:
    size = wish.size or blueprint.default_size or ""
    return run.size == size and operations.was_asked_for(run, blueprint=blueprint, raw=wish.inputs)


def _blueprint(wish: Wish, errors: dict[str, list[str]]) -> Blueprint | None:
    found = catalogue.blueprint(wish.blueprint)
    if found is None:
        offered = ", ".join(sorted(catalogue.offered().blueprints)) or "none"
        errors["blueprint"] = [f"There is no such blueprint. Offered: {offered}."]
    return found


def _account(wish: Wish, errors: dict[str, list[str]]) -> CloudAccount | None:
    offered = {account.slug: account for account in CloudAccount.objects.filter(is_enabled=True)}
    if not wish.account and len(offered) == 1:
        return next(iter(offered.values()))
    if wish.account not in offered:
        problem = "There is no such account." if wish.account else "Say which account."
        errors["account"] = [f"{problem} Accounts: {', '.join(sorted(offered)) or 'none'}."]
    return offered.get(wish.account)


def _team(wish: Wish, errors: dict[str, list[str]]) -> Team | None:
    try:
        team = access.team_to_order_for(wish.by, wish.team) if wish.team else default_team(wish.by)
        if team is None:
            access.no_team_to_order_for(wish.by)
    except Http404:
        team = None
    if team is None:
        offered = ", ".join(each.slug for each in permissions.teams_to_order_for(wish.by)) or "none"
        errors["team"] = [f"There is no such team that you may order for. Teams: {offered}."]
    return team
