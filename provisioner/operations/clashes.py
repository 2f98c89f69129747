"""What two environments of one account cannot share: a name, and addresses."""

from collections.abc import Iterable, Mapping

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from provisioner import blueprints
from provisioner.models import CloudAccount, Environment, Run
from provisioner.run_status import ACTIVE, EnvironmentStatus


def networks_of(blueprint: blueprints.Blueprint, values: Mapping[str, object]) -> list[str]:
    """The address ranges that an environment with these values has for itself."""
    names = [name for name, question in blueprint.inputs.items() if question.exclusive]
    return [str(values[name]) for name in names if values.get(name)]


def name_taken(*, account: CloudAccount, name: str) -> list[str]:
    """A sentence if a living environment of the account has this name."""
    return [name_taken_text(account, name)] if _living(account).filter(name=name).exists() else []


def name_taken_text(account: CloudAccount, name: str) -> str:
    """The sentence for a name that a living environment of the account has."""
    return _("%(account)s already has an environment called %(name)s. Choose another name.") % {
        "account": account.title,
        "name": name,
    }


def overlaps(
    *,
    blueprint: blueprints.Blueprint,
    account: CloudAccount,
    values: Mapping[str, object],
    beside: Environment | None = None,
) -> dict[str, list[str]]:
    """By input, a sentence for each range that overlaps one of a living environment other than `beside`."""
    taken = networks_in_use(account, beside=beside)
    errors: dict[str, list[str]] = {}
    for name, question in blueprint.inputs.items():
        if question.exclusive and values.get(name):
            found = _first_overlap(str(values[name]), taken)
            errors |= {name: [found]} if found else {}
    return errors


def networks_in_use(account: CloudAccount, *, beside: Environment | None = None) -> list[str]:
    """Every range that a living environment other than `beside` has, or is about to get."""
    others = _living(account)
    if beside is not None:
        others = others.exclude(pk=beside.pk)
    held = others.values_list("networks", flat=True)
    # An active change may be about to take another range.
    coming = Run.objects.filter(environment__in=others, status__in=ACTIVE).values_list("networks", flat=True)
    return [network for networks in [*held, *coming] for network in networks]


def _living(account: CloudAccount) -> QuerySet[Environment]:
    return Environment.objects.filter(account=account).exclude(status=EnvironmentStatus.DESTROYED)


def _first_overlap(wanted: str, taken: Iterable[str]) -> str:
    for network in taken:
        if blueprints.cidr_overlaps(wanted, network):
            # Do not say whose it is: it may be another team's environment.
            return _(
                "%(wanted)s overlaps %(network)s, which is in use in this account. Choose another range."
            ) % {
                "wanted": wanted,
                "network": network,
            }
    return ""
