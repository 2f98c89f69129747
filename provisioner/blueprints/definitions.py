"""A blueprint after reading: plain, frozen values without Terraform or HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Kind = Literal["text", "integer", "number", "boolean", "choice", "choices", "cidr", "date", "list", "json"]
OutputKind = Literal["url", "text", "command", "arn", "list"]
Approval = Literal["automatic", "person"]
Effect = Literal["in_place", "rolling", "interrupts", "replaces", "loses_data", "refused"]

# Variables that the portal sets if a blueprint declares them; never an input of the form.
SUPPLIED = frozenset({"environment_name", "environment_id", "team", "owner", "created_by_run"})


@dataclass(frozen=True)
class Choice:
    value: Any
    label: str
    help: str = ""


@dataclass(frozen=True)
class Input:
    """One input of the form, made from the Terraform variable of the same name.

    `default` is a JSON value; None means no default, or Terraform's null. `minimum` and `maximum` limit the
    value, for `cidr` the prefix length. `rules` are the variable's own validation messages, which Terraform
    checks in the plan. With `not_past` a past date is refused, unless the environment already has it.
    `effect` is the worst effect of a change on existing resources; None if it is not declared. With
    `effect_when` it applies only to a change to that value, with `effect_when_smaller` only to a change to a
    smaller number, or to an earlier choice; no answer is the largest.
    A number that `only_grows` cannot become smaller.
    An answer in `approval_when`, or a number above `approval_above`, needs an approval in every size.
    """

    name: str
    kind: Kind
    label: str
    help: str = ""
    default: Any = None
    required: bool = False
    sensitive: bool = False
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    pattern: str = ""
    pattern_help: str = ""
    exclusive: bool = False
    placeholder: str = ""
    not_past: bool = False
    choices: tuple[Choice, ...] = ()
    terraform_type: str = "any"
    rules: tuple[str, ...] = ()
    effect: Effect | None = None
    effect_when: Any = None
    effect_when_smaller: bool = False
    effect_help: str = ""
    only_grows: bool = False
    approval_when: tuple[Any, ...] = ()
    approval_above: float | None = None


@dataclass(frozen=True)
class Section:
    title: str
    inputs: tuple[str, ...]
    help: str = ""
    advanced: bool = False
    # Made by the portal, for the inputs that blueprint.toml puts nowhere.
    is_rest: bool = False


@dataclass(frozen=True)
class Size:
    slug: str
    title: str
    help: str = ""
    approval: Approval = "automatic"
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Output:
    name: str
    label: str
    kind: OutputKind = "text"
    primary: bool = False
    help: str = ""


@dataclass(frozen=True)
class Blueprint:
    """One folder that a person can order. `slug` is the folder's name.

    `providers` has sources ("hashicorp/aws"), `has_provider_block` the local names that have a `provider`
    block in the root module ("aws"). `digest` is the SHA-256 over the names and contents of its files.
    `dependencies`: by the address of each resource, without index, those that it waits for.
    """

    slug: str
    path: Path
    title: str
    summary: str
    description: str
    icon: str
    target_seconds: int | None
    regions: tuple[str, ...]
    sections: tuple[Section, ...]
    inputs: Mapping[str, Input]
    sizes: tuple[Size, ...]
    outputs: tuple[Output, ...]
    digest: str
    trusted: bool
    terraform_variables: frozenset[str]
    sensitive_variables: frozenset[str]
    providers: frozenset[str]
    has_provider_block: frozenset[str]
    dependencies: Mapping[str, frozenset[str]]
    # By language, the content of its `blueprint.<language>.toml`; see `translations`.
    translations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def default_size(self) -> str | None:
        """The size that the form starts with: the first one, if there is one."""
        return self.sizes[0].slug if self.sizes else None

    def size(self, slug: str) -> Size | None:
        return next((size for size in self.sizes if size.slug == slug), None)


@dataclass(frozen=True)
class Mistake:
    """Why a folder is not offered. `file` is relative to the folder; `line` counts from 1."""

    slug: str
    file: str
    line: int | None
    message: str

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{where}: {self.message}"


@dataclass(frozen=True)
class Catalogue:
    blueprints: Mapping[str, Blueprint]
    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True)
class Checked:
    """`values` is complete (with defaults) and typed; only to be used if `errors` is empty."""

    values: dict[str, Any]
    errors: dict[str, list[str]]
