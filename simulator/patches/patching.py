"""Replaces one method of moto by a function that can still call it."""

from collections.abc import Callable
from typing import Any

Method = Callable[..., Any]


def wrap(owner: type, name: str) -> Callable[[Method], None]:
    """Decorator: the function replaces `owner.name` and gets the original method as its first argument.

    Raises AttributeError if moto no longer has that method: a patch without effect must not go unnoticed.
    """
    original: Method = getattr(owner, name)

    def install(replacement: Method) -> None:
        def method(self: object, *args: Any, **kwargs: Any) -> Any:
            return replacement(original, self, *args, **kwargs)

        method.__name__ = name
        method.__qualname__ = f"{owner.__qualname__}.{name}"
        setattr(owner, name, method)

    return install


def add(owner: type, name: str, method: Method) -> None:
    """Add an action that moto does not have. moto finds actions by method name.

    Raises AttributeError if moto has it by now: our simpler version must not replace moto's.
    """
    if hasattr(owner, name):
        raise AttributeError(f"moto now has {owner.__qualname__}.{name} itself: remove our patch")
    setattr(owner, name, method)


def override_property(owner: type, name: str, change: Callable[[Any, Any], Any]) -> None:
    """Make the property `owner.name` return `change(moto's value, the object)`."""
    original: property = vars(owner)[name]

    def get(self: object) -> Any:
        return change(original.__get__(self, owner), self)

    setattr(owner, name, property(get))
