"""Blueprints: what can be ordered, read from folders of Terraform with a blueprint.toml."""

from provisioner.blueprints import approvals, effects
from provisioner.blueprints.addresses import cidr_overlaps
from provisioner.blueprints.answers import (
    MAY_BE_EMPTY,
    PROTECTION,
    WHOLE_FORM,
    check_inputs,
    variables_for,
    wanted,
)
from provisioner.blueprints.definitions import (
    SUPPLIED,
    Blueprint,
    Catalogue,
    Checked,
    Choice,
    Effect,
    Input,
    Mistake,
    Output,
    Section,
    Size,
)
from provisioner.blueprints.loader import load, load_one
from provisioner.blueprints.names import check_name
from provisioner.blueprints.translations import in_language

__all__ = [
    "MAY_BE_EMPTY",
    "PROTECTION",
    "SUPPLIED",
    "WHOLE_FORM",
    "Blueprint",
    "Catalogue",
    "Checked",
    "Choice",
    "Effect",
    "Input",
    "Mistake",
    "Output",
    "Section",
    "Size",
    "approvals",
    "check_inputs",
    "check_name",
    "cidr_overlaps",
    "effects",
    "in_language",
    "load",
    "load_one",
    "variables_for",
    "wanted",
]
