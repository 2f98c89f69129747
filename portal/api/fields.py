"""Fields of what programs send: a text is a text, and a name that means nothing is an error."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers


class Text(serializers.CharField):
    """A JSON string. A number is not quietly turned into one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("Give a text in quotes.")
        return super().to_internal_value(data)


class Document(serializers.Serializer[Any]):
    """An object whose every member is one of the fields."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := [name for name in data if name not in self.fields]):
            known = ", ".join(self.fields)
            raise serializers.ValidationError({name[:80]: [f"Fields are {known}."] for name in unknown[:20]})
        return super().to_internal_value(data)


class NameBody(Document):
    """What cannot be undone is asked for with the environment's name, as a person types it."""

    name = Text(max_length=64, help_text="The environment's name.")


class ChangeBody(Document):
    """What becomes different of an environment; nothing: a fresh plan against what stands there."""

    size = Text(max_length=32, required=False, default="", help_text="Another size brings its values.")
    inputs = serializers.DictField(required=False, default=dict, help_text="Values by input name.")


class OrderBody(Document):
    """The order of an environment. `inputs` are the blueprint's own; what is left out has its default."""

    blueprint = Text(max_length=64, help_text="Slug of a blueprint.")
    name = Text(max_length=200, trim_whitespace=False, help_text="Unique in its account.")
    account = Text(max_length=50, required=False, default="", help_text="Needed where there are several.")
    team = Text(
        max_length=50,
        required=False,
        default="",
        help_text="Your first team if left out; for operators and admins in none, the first there is.",
    )
    size = Text(max_length=32, required=False, default="", help_text="The blueprint's first if left out.")
    inputs = serializers.DictField(required=False, default=dict, help_text="Values by input name.")
