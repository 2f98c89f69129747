"""`Idempotency-Key`: a request that is sent again because its answer was lost acts only once."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

HEADER = "Idempotency-Key"
LONGEST = 64

PARAMETER = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description=f"At most {LONGEST} characters. The same request with the same key acts only once.",
)


def key_from_header(request: Request) -> str:
    """The request's key, or "" without one. Raises ValidationError."""
    key = request.headers.get(HEADER, "")
    if len(key) > LONGEST or not (key.isascii() and key.isprintable()):
        raise ValidationError(
            {HEADER: [_("At most %(count)s printable ASCII characters.") % {"count": LONGEST}]}
        )
    return key
