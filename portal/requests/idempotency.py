"""The hidden key of a form. The same key twice is the same request, however often a button is pressed."""

import re
import uuid

from django.http import QueryDict
from django.utils.translation import gettext_lazy

FIELD = "idempotency_key"
SENT_BEFORE = gettext_lazy("This form was already sent with other values. Check it and send it again.")
_SHAPE = re.compile(r"[A-Za-z0-9_-]{1,64}")


def fresh_key() -> str:
    """A key that no request has used yet."""
    return uuid.uuid4().hex


def key_from(posted: QueryDict) -> str:
    """The key that came with a form, or a new one if there is none or it is malformed."""
    found = posted.get(FIELD, "")
    return found if _SHAPE.fullmatch(found) else fresh_key()
