"""Reading what a program sends: bounded, and only what can be stored and written back."""

import json
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

# A person's form may hold more: what is too long there comes back, to be mended.
MOST_BYTES = 512 * 1024


class TooLarge(ParseError):
    """The body is larger than any order needs to be."""

    status_code = 413
    default_detail = "The body is too large."


class StrictJSON(JSONParser):
    """JSON as the standard has it: no NaN, no endless nesting, no half characters, at most 512 KiB."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise TooLarge
        try:
            data = json.loads(body)
            # A lone surrogate or 1e999 can be read, but neither stored nor sent again.
            json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
        except (ValueError, RecursionError) as error:
            raise ParseError("The body is not JSON that can be kept.") from error
        return data
