"""Names of environments."""

from __future__ import annotations

import re

from provisioner.sentences import translate

_SHAPE = re.compile(r"[a-z][a-z0-9-]*[a-z0-9]")


def check_name(name: str) -> list[str]:
    """What is wrong with the name of an environment, as sentences; empty if nothing is.

    The name becomes part of names of AWS resources and of DNS labels, so it has only characters that all of
    them allow.
    """
    if not isinstance(name, str) or not 2 <= len(name) <= 32:
        return [translate("A name has 2 to 32 characters.")]
    if not _SHAPE.fullmatch(name):
        return [
            translate(
                "Use lower-case letters, digits and hyphens. Start with a letter, end with a "
                "letter or a digit."
            )
        ]
    if "--" in name:
        return [translate("Two hyphens in a row are not allowed.")]
    return []
