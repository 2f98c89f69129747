"""Fields of request bodies: a text must be a text, and an unknown name is an error."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers


class Text(serializers.CharField):
    """A JSON string. A number is not converted to one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError(_("This must be a JSON string."))
        return super().to_internal_value(data)


class Document(serializers.Serializer[Any]):
    """An object that may have only these fields."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := [name for name in data if name not in self.fields]):
            sentence = _("Unknown field. The fields are %(fields)s.") % {"fields": ", ".join(self.fields)}
            raise serializers.ValidationError({name[:80]: [sentence] for name in unknown[:20]})
        return super().to_internal_value(data)


class NameBody(Document):
    """A confirmation: the environment's name, as a person types it."""

    name = Text(max_length=64, help_text="The environment's name.")


class ChangeBody(Document):
    """The changes of an environment; empty for a fresh plan without changes."""

    size = Text(
        max_length=32,
        required=False,
        default="",
        help_text="A new size; its values replace the current ones.",
    )
    inputs = serializers.DictField(required=False, default=dict, help_text="Values by the name of the input.")


class OrderBody(Document):
    """The order of an environment.

    `inputs` are the blueprint's inputs; one that is left out has its default.
    """

    blueprint = Text(max_length=64, help_text="Slug of the blueprint.")
    name = Text(
        max_length=200, trim_whitespace=False, help_text="The environment's name, unique in its account."
    )
    account = Text(
        max_length=50,
        required=False,
        default="",
        help_text="Slug of the account. Needed if there are several.",
    )
    team = Text(
        max_length=50,
        required=False,
        default="",
        help_text="Slug of the team. Default: your first team; for operators and admins without one, the "
        "first team.",
    )
    size = Text(
        max_length=32,
        required=False,
        default="",
        help_text="Slug of the size. Default: the blueprint's first size.",
    )
    inputs = serializers.DictField(required=False, default=dict, help_text="Values by the name of the input.")
