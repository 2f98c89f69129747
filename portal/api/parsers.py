"""Reads request bodies: limited in size, and only what can be stored and sent back."""

import json
from typing import IO, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

# A form may be larger: a value that is too long comes back to be corrected.
MOST_BYTES = 512 * 1024
TOO_LARGE = gettext_lazy("The body is too large. It can have up to 512 KiB.")


class TooLarge(ParseError):
    """The body is larger than any order."""

    status_code = 413
    default_detail = TOO_LARGE


class StrictJSON(JSONParser):
    """JSON by the standard: no NaN, limited nesting, no lone surrogates, at most 512 KiB."""

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: object = None) -> Any:
        body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise TooLarge
        try:
            data = json.loads(body)
            # A lone surrogate or 1e999 can be read, but neither stored nor sent back.
            json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
        except (ValueError, RecursionError) as error:
            raise ParseError(_("The body is not valid JSON.")) from error
        return data
