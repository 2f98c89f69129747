"""Sessions in the database, by keys as Django makes them: no other one is ever asked for."""

import re

from django.contrib.sessions.backends import db

# django.contrib.sessions.backends.base.SessionBase._get_new_session_key
_KEY = re.compile(r"[a-z0-9]{32}")


class SessionStore(db.SessionStore):
    """Django's own, for a cookie may hold anything: PostgreSQL answers a NUL in a key with an error."""

    def _validate_session_key(self, key: str | None) -> bool:
        return key is not None and _KEY.fullmatch(key) is not None
