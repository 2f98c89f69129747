"""The type of parsed JSON objects."""

from typing import Any

JsonObject = dict[str, Any]
