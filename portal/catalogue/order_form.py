"""The order form as a value: what was typed, its errors, and what would be built."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict

from portal.accounts.models import User
from portal.catalogue import fields, summary
from portal.requests import idempotency
from provisioner import operations, permissions
from provisioner.blueprints import WHOLE_FORM, Blueprint, Size
from provisioner.models import CloudAccount, Team

Errors = Mapping[str, Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class OrderForm:
    """One state of the form. `values` are JSON values on a fresh form, the typed texts on a posted one."""

    blueprint: Blueprint
    by: User
    teams: Sequence[Team]
    accounts: Sequence[CloudAccount]
    team: str
    account: str
    size: str
    name: str
    values: Mapping[str, Any]
    key: str
    errors: Errors = field(default_factory=dict)
    # Refused once: from then on, an empty name is an error.
    is_sent: bool = False

    @property
    def request(self) -> operations.OrderRequest:
        """The form as a request to the engine."""
        return operations.OrderRequest(
            blueprint=self.blueprint.slug,
            name=self.name,
            inputs=self.values,
            by=self.by,
            team=self.team,
            account=self.account,
            size=self.size,
            key=self.key,
        )

    @property
    def field_sets(self) -> list[fields.FieldSet]:
        shown = fields.without_secrets(self.blueprint, self.values)
        return fields.field_sets(self.blueprint, shown, self.errors)

    @property
    def presets(self) -> dict[str, Any]:
        """For the page's script: the values of each size, and what the form compares with."""
        return {"sizes": fields.presets(self.blueprint), "compared": "preset"}

    @property
    def chosen_size(self) -> Size | None:
        return self.blueprint.size(self.size)

    @property
    def chosen_account(self) -> CloudAccount | None:
        return next((account for account in self.accounts if account.slug == self.account), None)

    @property
    def form_errors(self) -> list[str]:
        """The errors that belong to no field on the page."""
        fields_of_page = {*self.blueprint.inputs, "name", "team", "account"}
        return [
            sentence
            for name, found in self.errors.items()
            if name not in fields_of_page
            for sentence in found
        ]

    @property
    def summary(self) -> summary.Summary:
        return summary.summarize(
            self.blueprint, size=self.chosen_size, values=self.values, errors=self.errors
        )

    def refused(self, errors: Errors) -> "OrderForm":
        """The same form with its errors."""
        wrong = fields.secrets_asked_again(self.blueprint, self.values, errors)
        return replace(self, errors=wrong, is_sent=True)

    def sent_before(self) -> "OrderForm":
        """The same form with another key, because the old one is used."""
        return replace(self, key=idempotency.fresh_key()).refused(
            {WHOLE_FORM: [str(idempotency.SENT_BEFORE)]}
        )


def fresh(blueprint: Blueprint, query: QueryDict, *, by: User) -> OrderForm:
    """The form as it is first shown; `size`, `name`, `team` and `account` may come in the address."""
    size = query.get("size", "")
    form = _form(blueprint, query, by=by, key=idempotency.fresh_key())
    form = replace(form, size=size if blueprint.size(size) else blueprint.default_size or "")
    return _with_starting_values(form)


def posted(blueprint: Blueprint, post: QueryDict, *, by: User) -> OrderForm:
    """The form as it was submitted, unchecked."""
    form = _form(blueprint, post, by=by, key=idempotency.key_from(post))
    return replace(form, values=fields.answers(blueprint, post), is_sent=post.get("sent") == "1")


def refilled(form: OrderForm) -> OrderForm:
    """The form with the chosen size's values, for browsers without JavaScript."""
    return _with_starting_values(form)


def checked(form: OrderForm) -> OrderForm:
    """The form with all its errors so far. A name that was not typed yet is no error."""
    errors = operations.check_order(form.request)
    if not form.name and not form.is_sent:
        errors = {name: found for name, found in errors.items() if name != "name"}
    return replace(form, errors=errors)


def _form(blueprint: Blueprint, query: QueryDict, *, by: User, key: str) -> OrderForm:
    teams = list(permissions.teams_to_order_for(by))
    accounts = list(CloudAccount.objects.filter(is_enabled=True))
    default = permissions.default_team(by)
    return OrderForm(
        blueprint=blueprint,
        by=by,
        teams=teams,
        accounts=accounts,
        team=query.get("team", default.slug if default else "")[:50],
        account=query.get("account", accounts[0].slug if accounts else "")[:50],
        size=query.get("size", "")[:64],
        name=query.get("name", "").strip(),
        values={},
        key=key,
    )


def _with_starting_values(form: OrderForm) -> OrderForm:
    values = fields.starting_values(form.blueprint, form.size)
    return replace(
        form, values=values | operations.free_ranges.free_ranges(form.blueprint, form.chosen_account)
    )
