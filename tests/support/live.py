import pytest
from django.db import connections


@pytest.fixture(autouse=True)
def _no_connection_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    # Open connections of the sockets' threads would prevent PostgreSQL from dropping the database.
    monkeypatch.setitem(connections.databases["default"], "CONN_MAX_AGE", 0)
