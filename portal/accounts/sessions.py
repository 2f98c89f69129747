"""Sessions in the database. Only keys in Django's own form are looked up."""

import re

from django.contrib.sessions.backends import db

# django.contrib.sessions.backends.base.SessionBase._get_new_session_key
_KEY = re.compile(r"[a-z0-9]{32}")


class SessionStore(db.SessionStore):
    """Django's session store. A cookie can hold anything, and PostgreSQL answers a NUL in a key with an
    error.
    """

    def _validate_session_key(self, key: str | None) -> bool:
        return key is not None and _KEY.fullmatch(key) is not None
