import pytest
from django.db import connections


@pytest.fixture(autouse=True)
def _no_connection_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    # Those of the sockets' threads would keep PostgreSQL from dropping the test's database.
    monkeypatch.setitem(connections.databases["default"], "CONN_MAX_AGE", 0)
