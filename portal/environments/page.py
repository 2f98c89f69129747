"""What the page of an environment shows: outputs, settings, resources, state versions, runs."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from portal.catalogue import summary
from provisioner import blueprints, catalogue, encryption
from provisioner.models import Environment, Run, StateVersion
from provisioner.run_status import ACTIVE

RUNS_PER_PAGE = 25
TABS = ("overview", "resources", "state", "runs")


@dataclass(frozen=True, kw_only=True)
class ShownValue:
    """A value on the page: one text, or several for a list. `kind` is that of the blueprint's output."""

    name: str
    label: str
    kind: str
    values: tuple[str, ...]
    help: str = ""
    primary: bool = False

    @property
    def is_unencrypted(self) -> bool:
        """Is it an HTTP address, so that anyone on the network path can read the traffic?"""
        return self.kind == "url" and any(value.lower().startswith("http://") for value in self.values)


@dataclass(frozen=True, kw_only=True)
class ResourceGroup:
    """The resources of one type, sorted by address."""

    type: str
    resources: tuple[Mapping[str, object], ...]


def current_blueprint(environment: Environment) -> blueprints.Blueprint | None:
    """The blueprint as it is offered now, in the active language; None if it is missing or broken."""
    found = catalogue.blueprint(environment.blueprint)
    return catalogue.shown(found) if found else None


def outputs(environment: Environment) -> list[ShownValue]:
    """The outputs that have a value, in the blueprint's order, primary ones first."""
    blueprint, values = current_blueprint(environment), environment.outputs
    declared = blueprint.outputs if blueprint else tuple(blueprints.Output(name, name) for name in values)
    shown = [_output(output, values[output.name]) for output in declared if _has(values, output.name)]
    return sorted(shown, key=lambda each: not each.primary)


def inputs(environment: Environment) -> list[ShownValue]:
    """The answers of the last applied run, in the order and the words of the form. Secrets are hidden."""
    blueprint, values = current_blueprint(environment), environment.inputs
    if blueprint is None:
        # Only the blueprint says which of them are secret.
        return []
    names = [name for section in blueprint.sections for name in section.inputs if name in values]
    return [_answer(blueprint.inputs[name], values[name]) for name in names]


def latest_state(environment: Environment) -> StateVersion | None:
    """The newest recorded version of the state, with its resources."""
    return environment.state_versions.select_related("run").first()


def resource_groups(version: StateVersion | None) -> list[ResourceGroup]:
    """Resources by type, without data sources."""
    groups: dict[str, list[Mapping[str, object]]] = {}
    for resource in version.resources if version else ():
        if resource.get("mode", "managed") == "managed":
            groups.setdefault(str(resource.get("type", "")), []).append(resource)
    return [
        ResourceGroup(type=name, resources=tuple(sorted(found, key=lambda each: str(each.get("address")))))
        for name, found in sorted(groups.items())
    ]


def state_versions(environment: Environment, page: str) -> Page[StateVersion]:
    """Recorded versions, newest first, without their resources."""
    versions = environment.state_versions.select_related("run").defer("resources")
    return Paginator(versions, RUNS_PER_PAGE).get_page(page)


def runs(environment: Environment) -> QuerySet[Run]:
    """The environment's runs, newest first."""
    return environment.runs.select_related("requested_by").order_by("-number")


def active_run(environment: Environment) -> Run | None:
    """The one run that is not final, if any."""
    return runs(environment).filter(status__in=sorted(ACTIVE)).first()


def _has(values: Mapping[str, object], name: str) -> bool:
    return values.get(name) not in (None, "", [])


def _output(output: blueprints.Output, value: object) -> ShownValue:
    texts = tuple(str(item) for item in value) if isinstance(value, list) else (_text(value),)
    return ShownValue(
        name=output.name,
        label=output.label,
        kind=output.kind,
        values=texts,
        help=output.help,
        primary=output.primary,
    )


def _answer(question: blueprints.Input, value: object) -> ShownValue:
    return _plain(question.name, question.label, summary.in_words(question, value))


def _plain(name: str, label: str, value: object) -> ShownValue:
    return ShownValue(name=name, label=label, kind="text", values=(_text(value),))


def _text(value: object) -> str:
    if value is None or value == "":
        return _("not set")
    if encryption.is_encrypted(value):
        return _("hidden")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)
