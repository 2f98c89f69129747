"""The hidden key of a form: the same key twice is the same act, however often a button is pressed."""

import re
import uuid

from django.http import QueryDict

FIELD = "idempotency_key"
SENT_BEFORE = "This form was sent before with other values. Look it over and send it again."
_SHAPE = re.compile(r"[A-Za-z0-9_-]{1,64}")


def fresh_key() -> str:
    """A key that nothing was sent with yet."""
    return uuid.uuid4().hex


def key_from(posted: QueryDict) -> str:
    """The key that came with a form, or a new one where it has none that is well formed."""
    found = posted.get(FIELD, "")
    return found if _SHAPE.fullmatch(found) else fresh_key()
