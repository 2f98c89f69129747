"""Names of environments."""

from __future__ import annotations

import re

_SHAPE = re.compile(r"[a-z][a-z0-9-]*[a-z0-9]")


def check_name(name: str) -> list[str]:
    """What is wrong with the name of an environment, as sentences; empty if nothing is.

    It ends up in names of AWS resources and in DNS labels, so it keeps to what all of them allow.
    """
    if not isinstance(name, str) or not 2 <= len(name) <= 32:
        return ["A name has 2 to 32 characters."]
    if not _SHAPE.fullmatch(name):
        return [
            "Use lower-case letters, digits and hyphens; start with a letter, end with a letter or a digit."
        ]
    if "--" in name:
        return ["Two hyphens in a row are not allowed."]
    return []
