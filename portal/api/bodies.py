"""Reading what a program sends: bounded, and only what can be stored and written back."""

import json
from typing import Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class TooLarge(ParseError):
    """The body is larger than any order needs to be."""

    status_code = 413
    default_detail = "The body is too large."


class StrictJSON(JSONParser):
    """JSON as the standard has it: no NaN, no endless nesting, no half characters, at most 512 KiB."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        try:
            data = json.loads(body)
            # A lone surrogate or 1e999 can be read, but neither stored nor sent again.
            json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
        except (ValueError, RecursionError) as error:
            raise ParseError("The body is not JSON that can be kept.") from error
        return data
