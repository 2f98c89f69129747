"""Ordering a new environment. Form, API, shell and demo all send the same request, and it is checked here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError
from django.utils.translation import gettext as _

from provisioner import audit, blueprints, catalogue, encryption, permissions
from provisioner.blueprints import Blueprint
from provisioner.database import constraints
from provisioner.models import AuditEntry, CloudAccount, Environment, Run, Team
from provisioner.operations import acts, clashes, free_ranges, requests
from provisioner.operations.refusal import Errors, Refused
from provisioner.permissions import Person
from provisioner.run_status import EnvironmentStatus, RunKind


@dataclass(frozen=True, kw_only=True)
class OrderRequest:
    """What a person asks for, by name and as it was typed.

    Empty: the only account, the person's first team, the blueprint's first size. `inputs` are raw answers by
    input name; what is left out comes from the size, else from the blueprint.
    """

    blueprint: str
    name: str
    inputs: Mapping[str, object]
    by: Person
    team: str = ""
    account: str = ""
    size: str = ""
    key: str = ""

    def content(self) -> dict[str, object]:
        """What makes two requests the same one."""
        return {
            "kind": RunKind.CREATE.value,
            "blueprint": self.blueprint,
            "name": self.name,
            "team": self.team,
            "account": self.account,
            "size": self.size,
            "inputs": dict(self.inputs),
        }


@dataclass(frozen=True, kw_only=True)
class _Target:
    """The rows that a request names. None: there is no such one, and the errors say so."""

    blueprint: Blueprint | None
    account: CloudAccount | None
    team: Team | None


def order(request: OrderRequest, *, now: datetime) -> Run:
    """Create the environment and queue its first run; the same request and key gives that run again.

    Raises Refused with messages by field, requests.KeyUsedOtherwise.
    """
    if run := _earlier(request):
        return run
    errors: dict[str, list[str]] = {}
    target = _target(request, errors)
    if errors:
        _record_denial(request, target)
        raise Refused(errors)
    try:
        with acts.act_of(request.by):
            return _order(request, target, now)
    except IntegrityError as error:
        same_name = constraints.is_violation_of(error, "environment_name_once_per_account", of=Environment)
        if not same_name and not constraints.is_violation_of(error, "run_idempotent", of=Run):
            raise
        # Another transaction was faster, with the same key or with the same name.
        if run := _earlier(request):
            return run
        assert target.account is not None  # noqa: S101 - for the type checker
        raise Refused({"name": [clashes.name_taken_text(target.account, request.name)]}) from None


def check_order(request: OrderRequest) -> Errors:
    """What is wrong with the request so far, by field. Places nothing, records nothing, never raises."""
    errors: dict[str, list[str]] = {}
    target = _target(request, errors)
    if target.blueprint is not None and target.account is not None:
        found, _values = _validate(request, target.blueprint, target.account)
        errors = found | errors
    return errors


def _order(request: OrderRequest, target: _Target, now: datetime) -> Run:
    blueprint, team = target.blueprint, target.team
    assert blueprint is not None  # noqa: S101 - for the type checker
    assert target.account is not None  # noqa: S101
    assert team is not None  # noqa: S101
    # The account's row lock: of two orders with overlapping ranges, the second must see the first.
    account = CloudAccount.objects.select_for_update().get(pk=target.account.pk)
    if run := _earlier(request):
        return run
    errors, values = _validate(request, blueprint, account)
    if not permissions.may_order_for(request.by, team):
        not_allowed = _("You cannot order for team %(team)s.") % {"team": team.name}
        errors.setdefault(blueprints.WHOLE_FORM, []).append(not_allowed)
    if errors:
        raise Refused(errors)
    size = _size(request, blueprint)
    environment = Environment.objects.create(
        name=request.name,
        team=team,
        account=account,
        owner_id=request.by.pk,
        blueprint=blueprint.slug,
        size=size,
        inputs=encryption.encrypted(values, names=blueprint.sensitive_variables),
        networks=clashes.networks_of(blueprint, values),
        status=EnvironmentStatus.CREATING,
        created_at=now,
    )
    run = requests.queue(
        environment,
        requests.NewRun(
            kind=RunKind.CREATE,
            by=request.by,
            blueprint=blueprint,
            size=size,
            inputs=environment.inputs,
            networks=environment.networks,
            key=request.key,
            content=request.content(),
        ),
        was="",
        now=now,
    )
    details = {"blueprint": blueprint.slug, "size": size, "account": account.slug}
    subject = audit.environment_subject(environment, run=run)
    audit.record("environment.order", subject=subject, details=details, at=now)
    return run


def _earlier(request: OrderRequest) -> Run | None:
    """The run of this very request. Raises requests.KeyUsedOtherwise if the key belongs to another one."""

    def looks_alike(run: Run) -> bool:
        there = run.environment
        return (run.kind, there.name, there.blueprint) == (RunKind.CREATE, request.name, request.blueprint)

    return requests.earlier(
        by=request.by, key=request.key, content=request.content(), looks_alike=looks_alike
    )


def _target(request: OrderRequest, errors: dict[str, list[str]]) -> _Target:
    return _Target(
        blueprint=_blueprint(request, errors),
        account=_account(request, errors),
        team=_team(request, errors),
    )


def _blueprint(request: OrderRequest, errors: dict[str, list[str]]) -> Blueprint | None:
    found = catalogue.blueprint(request.blueprint)
    if found is None:
        offered = ", ".join(sorted(catalogue.offered().blueprints)) or _("none")
        errors["blueprint"] = [_("This blueprint does not exist. Available: %(names)s.") % {"names": offered}]
    return found


def _account(request: OrderRequest, errors: dict[str, list[str]]) -> CloudAccount | None:
    offered = {account.slug: account for account in CloudAccount.objects.filter(is_enabled=True)}
    if not request.account and len(offered) == 1:
        return next(iter(offered.values()))
    if request.account not in offered:
        template = (
            _("This account does not exist or takes no orders. Available: %(names)s.")
            if request.account
            else _("Choose an account. Available: %(names)s.")
        )
        errors["account"] = [template % {"names": ", ".join(sorted(offered)) or _("none")}]
    return offered.get(request.account)


def _team(request: OrderRequest, errors: dict[str, list[str]]) -> Team | None:
    allowed = list(permissions.teams_to_order_for(request.by))
    # Compared here, not in SQL: PostgreSQL refuses to look for a text with a NUL.
    named = next((each for each in allowed if each.slug == request.team), None)
    team = named if request.team else permissions.default_team(request.by)
    if team is None:
        names = ", ".join(each.slug for each in allowed) or _("none")
        errors["team"] = [
            _("This team does not exist, or you cannot order for it. Available: %(names)s.")
            % {"names": names}
        ]
    return team


def _record_denial(request: OrderRequest, target: _Target) -> None:
    """Record the attempt to order for a team that is not the person's, or for none at all."""
    if target.team is not None:
        return
    is_text = bool(request.team) and request.team.isprintable()
    foreign = Team.objects.filter(slug=request.team).first() if is_text else None
    if request.team and foreign is None:
        return
    subject = (
        audit.Subject(type="team", id=str(foreign.pk), name=foreign.name, team=foreign.slug)
        if foreign
        else audit.Subject(type="team")
    )
    with acts.act_of(request.by):
        audit.record("environment.order", subject=subject, result=AuditEntry.Result.DENIED)


def _validate(
    request: OrderRequest, blueprint: Blueprint, account: CloudAccount
) -> tuple[dict[str, list[str]], dict[str, object]]:
    """Errors by field (empty: it can be ordered) and the typed values."""
    size = _size(request, blueprint)
    given = _with_free_ranges(request, blueprint, account, size)
    checked = blueprints.check_inputs(catalogue.shown(blueprint), given, size=size or None)
    errors = {field: list(messages) for field, messages in checked.errors.items()}
    if wrong := blueprints.check_name(request.name) or clashes.name_taken(account=account, name=request.name):
        errors["name"] = wrong
    sound = {name: value for name, value in checked.values.items() if name not in checked.errors}
    for field, messages in clashes.overlaps(blueprint=blueprint, account=account, values=sound).items():
        errors.setdefault(field, []).extend(messages)
    if refusal := _refusal_of_form(blueprint, account, size):
        errors.setdefault(blueprints.WHOLE_FORM, []).append(refusal)
    return errors, checked.values


def _size(request: OrderRequest, blueprint: Blueprint) -> str:
    return request.size or blueprint.default_size or ""


def _with_free_ranges(
    request: OrderRequest, blueprint: Blueprint, account: CloudAccount, size: str
) -> dict[str, object]:
    """The answers, and a free address range for each that neither the person nor the size gives."""
    preset = blueprint.size(size)
    named = {name for name, value in request.inputs.items() if value is not None}
    open_ranges = set(free_ranges.asked_for(blueprint)) - named - set(preset.inputs if preset else ())
    free = free_ranges.free_ranges(blueprint, account) if open_ranges else {}
    return {**request.inputs, **{name: value for name, value in free.items() if name in open_ranges}}


def _refusal_of_form(blueprint: Blueprint, account: CloudAccount, size: str) -> str:
    if not account.is_enabled:
        return _("%(account)s takes no orders at the moment.") % {"account": account.title}
    if blueprint.sizes and not size:
        return _("Choose a size.")
    if blueprint.regions and account.region not in blueprint.regions:
        return _("%(blueprint)s is available in %(regions)s, not in %(region)s.") % {
            "blueprint": blueprint.title,
            "regions": ", ".join(blueprint.regions),
            "region": account.region,
        }
    return ""
