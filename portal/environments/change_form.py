"""The change form: the order form filled with the current values, and the differences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.http import QueryDict
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.catalogue import fields, summary, warnings
from portal.requests import idempotency
from provisioner import blueprints, encryption, operations
from provisioner.blueprints import Blueprint, Size
from provisioner.models import Environment

Errors = Mapping[str, Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One answer that changes, in words, and its effect on the environment."""

    label: str
    before: str
    after: str
    warning: warnings.Warning | None = None


@dataclass(frozen=True, kw_only=True)
class ChangeForm:
    """One state of the form. `values` are JSON values on a new form, the typed texts on a posted form."""

    blueprint: Blueprint
    environment: Environment
    size: str
    values: Mapping[str, object]
    key: str
    errors: Errors = field(default_factory=dict)

    @property
    def field_sets(self) -> list[fields.FieldSet]:
        shown = fields.without_secrets(self.blueprint, self.values)
        return fields.field_sets(self.blueprint, shown, self.errors)

    @property
    def presets(self) -> dict[str, object]:
        """For the page's script: the values of each size, and the current values of the environment."""
        now = fields.typed(self.blueprint, self.current)
        return {"sizes": fields.presets(self.blueprint), "compared": "now", "now": now}

    @property
    def current(self) -> dict[str, object]:
        """The current values without secrets. Inputs that the blueprint got later have their default."""
        defaults = {name: question.default for name, question in self.blueprint.inputs.items()}
        return defaults | {
            name: value
            for name, value in self.environment.inputs.items()
            if name in self.blueprint.inputs and not encryption.is_encrypted(value)
        }

    @property
    def chosen_size(self) -> Size | None:
        return self.blueprint.size(self.size)

    @property
    def form_errors(self) -> list[str]:
        return [
            sentence
            for name, found in self.errors.items()
            if name not in self.blueprint.inputs
            for sentence in found
        ]

    @property
    def summary(self) -> summary.Summary:
        return summary.summarize(
            self.blueprint,
            size=self.chosen_size,
            values=self.values,
            errors=self.errors,
            current=self.environment,
        )

    @property
    def differences(self) -> list[Difference]:
        """The changes, in the order of the form."""
        checked = blueprints.check_inputs(
            self.blueprint, self.values, size=self.size or None, standing=self.environment.inputs
        )
        return [
            _difference(self.blueprint.inputs[name], self.current[name], checked.values[name])
            for section in self.blueprint.sections
            for name in section.inputs
            if name in checked.values
            and checked.values[name] != self.current[name]
            and not (self.blueprint.inputs[name].sensitive and name not in self.values)
        ]

    def request(self, by: User) -> operations.ChangeRequest:
        """The form as a request to the engine."""
        return operations.ChangeRequest(
            environment_id=self.environment.pk, size=self.size, inputs=self.values, by=by, key=self.key
        )

    def refused(self, errors: Errors) -> "ChangeForm":
        """The same form with its errors."""
        return replace(self, errors=fields.secrets_asked_again(self.blueprint, self.values, errors))

    def sent_before(self) -> "ChangeForm":
        """The same form with a new key, because the old key is used."""
        errors = {blueprints.WHOLE_FORM: [str(idempotency.SENT_BEFORE)]}
        return replace(self, key=idempotency.fresh_key()).refused(errors)


def fresh(environment: Environment, blueprint: Blueprint) -> ChangeForm:
    """The form before anything was typed."""
    form = ChangeForm(
        blueprint=blueprint,
        environment=environment,
        size=environment.size,
        values={},
        key=idempotency.fresh_key(),
    )
    return replace(form, values=form.current)


def posted(environment: Environment, blueprint: Blueprint, post: QueryDict) -> ChangeForm:
    """The form as it was sent, not validated. A secret that was left empty is not in it."""
    return ChangeForm(
        blueprint=blueprint,
        environment=environment,
        size=post.get("size", environment.size)[:64],
        values=fields.answers(blueprint, post),
        key=idempotency.key_from(post),
    )


def refilled(form: ChangeForm) -> ChangeForm:
    """The form with the values of the chosen size over the current ones, for browsers without JavaScript."""
    chosen = form.chosen_size
    return replace(form, values=form.current | (dict(chosen.inputs) if chosen else {}))


def checked(form: ChangeForm, *, by: User) -> ChangeForm:
    """The form with its validation errors."""
    return replace(form, errors=operations.check_change(form.request(by), form.environment, form.blueprint))


def _difference(question: blueprints.Input, before: object, after: object) -> Difference:
    return Difference(
        label=question.label,
        before=summary.in_words(question, before),
        after=_("new value") if question.sensitive else summary.in_words(question, after),
        warning=warnings.of_change(question, before=before, after=after),
    )
