"""The type of the fixture that makes people."""

from collections.abc import Callable
from typing import Any

MakePerson = Callable[..., Any]
