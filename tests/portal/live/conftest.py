from tests.support.live import _no_connection_left_open  # noqa: F401
