"""How one method of moto is replaced by another that may still call it."""

from collections.abc import Callable
from typing import Any

Method = Callable[..., Any]


def wrap(owner: type, name: str) -> Callable[[Callable[..., Any]], None]:
    """Decorator: the function takes the place of `owner.name` and gets the original as first argument.

    Raises AttributeError if moto no longer has that method: a patch that lost its hold must not pass.
    """
    original: Method = getattr(owner, name)

    def put_in_place(replacement: Callable[..., Any]) -> None:
        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            return replacement(original, self, *args, **kwargs)

        method.__name__ = name
        method.__qualname__ = f"{owner.__qualname__}.{name}"
        setattr(owner, name, method)

    return put_in_place


def add(owner: type, name: str, method: Method) -> None:
    """Give `owner` an action that moto does not have. moto finds actions by method name.

    Raises AttributeError if it has one by now: ours would hide the better one.
    """
    if hasattr(owner, name):
        raise AttributeError(f"{owner.__qualname__} has {name} by itself now")
    setattr(owner, name, method)


def override_property(owner: type, name: str, change: Callable[[Any, Any], Any]) -> None:
    """Show `change(what moto would show, the object)` as the property `owner.name`."""
    original: property = vars(owner)[name]

    def get(self: Any) -> Any:
        return change(original.__get__(self, owner), self)

    setattr(owner, name, property(get))
