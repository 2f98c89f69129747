"""The ASGI application with a limit of three seconds for a viewer to read."""

from portal.asgi import application
from portal.live import consumers

consumers.SEND_LIMIT_SECONDS = 3.0

__all__ = ["application"]
