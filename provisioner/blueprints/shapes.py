"""The shapes of blueprint.toml and of its language files, as pydantic models: which keys, and of which type.

The description of a type completes the sentence "'title' must be ...". Types are strict: TOML has types of
its own, and a number in quotes is a text.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr

Text = Annotated[StrictStr, Field(description="text")]
WholeNumber = Annotated[StrictInt, Field(description="a whole number")]
Number = Annotated[StrictInt | StrictFloat, Field(description="a number")]
Flag = Annotated[StrictBool, Field(description="true or false")]
Answer = Annotated[
    StrictStr | StrictInt | StrictFloat | StrictBool, Field(description="text, a number, true or false")
]
Answers = Annotated[
    list[StrictStr | StrictInt | StrictFloat | StrictBool], Field(description="a list of answers")
]
Texts = Annotated[list[StrictStr], Field(description="a list of text")]
Table = Annotated[dict[str, Any], Field(description="a table")]
Tables = Annotated[list[dict[str, Any]], Field(description="a list of tables")]


class Shape(BaseModel):
    """A table without other keys than these. A key without a default is required."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Blueprint(Shape):
    title: Text
    summary: Text = ""
    description: Text = ""
    icon: Text = ""
    target_seconds: WholeNumber = 1
    regions: Texts = []
    sections: Tables = []
    inputs: Table = {}
    sizes: Tables = []
    outputs: Tables = []


class Section(Shape):
    title: Text
    inputs: Texts
    help: Text = ""
    advanced: Flag = False


class Size(Shape):
    slug: Text
    title: Text
    help: Text = ""
    approval: Text = ""
    inputs: Table = {}


class Output(Shape):
    name: Text
    label: Text = ""
    kind: Text = ""
    primary: Flag = False
    help: Text = ""


class Input(Shape):
    label: Text = ""
    help: Text = ""
    kind: Text = ""
    unit: Text = ""
    minimum: Number = 0
    maximum: Number = 0
    pattern: Text = ""
    pattern_help: Text = ""
    exclusive: Flag = False
    not_past: Flag = False
    placeholder: Text = ""
    choices: Tables = []
    effect: Text = ""
    effect_when: Answer = ""
    effect_when_smaller: Flag = False
    effect_help: Text = ""
    only_grows: Flag = False
    approval_when: Answers = []
    approval_above: Number = 0


class Choice(Shape):
    value: Answer
    label: Text = ""
    help: Text = ""


class TranslatedBlueprint(Shape):
    title: Text = ""
    summary: Text = ""
    description: Text = ""
    sections: Tables = []
    inputs: Table = {}
    sizes: Tables = []
    outputs: Tables = []


class TranslatedSection(Shape):
    title: Text = ""
    help: Text = ""


class TranslatedSize(Shape):
    slug: Text
    title: Text = ""
    help: Text = ""


class TranslatedOutput(Shape):
    name: Text
    label: Text = ""
    help: Text = ""


class TranslatedInput(Shape):
    label: Text = ""
    help: Text = ""
    unit: Text = ""
    pattern_help: Text = ""
    placeholder: Text = ""
    effect_help: Text = ""
    choices: Tables = []
