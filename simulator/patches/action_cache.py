"""moto finds the method of an action faster."""

from functools import cache

from moto.core import responses


def apply() -> None:
    # moto lists all methods of the class for every request: 800 for EC2.
    module = vars(responses)
    module["method_names_from_class"] = cache(module["method_names_from_class"])
