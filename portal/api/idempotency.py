"""`Idempotency-Key`: a request that is sent again, because nobody knows whether it arrived, acts once."""

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

HEADER = "Idempotency-Key"
LONGEST = 64

PARAMETER = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description=f"At most {LONGEST} characters; the same key again acts once.",
)


def key_from_header(request: Request) -> str:
    """The request's key, empty without one. Raises ValidationError."""
    key = request.headers.get(HEADER, "")
    if len(key) > LONGEST or not (key.isascii() and key.isprintable()):
        raise ValidationError({HEADER: [f"At most {LONGEST} printable ASCII characters."]})
    return key
