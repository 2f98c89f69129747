"""The answer to a request that cannot be accepted."""

from collections.abc import Mapping, Sequence

# Messages by form field; "__all__" is the form itself.
Errors = Mapping[str, Sequence[str]]


class Refused(Exception):
    """The request cannot be accepted. `errors`: messages by form field, "__all__" for the form itself."""

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        self.errors = dict(errors)
        super().__init__(" ".join(f"{name}: {' '.join(messages)}" for name, messages in errors.items()))
