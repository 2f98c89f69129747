"""The type of the fixture `make_person`."""

from collections.abc import Callable
from typing import Any

MakePerson = Callable[..., Any]
