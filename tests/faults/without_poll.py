"""The ASGI application without the protection against fault 23: viewers rely on change notifications only."""

from portal.asgi import application
from portal.live import hub, streaming

hub.ACTIVE_POLL_SECONDS = hub.IDLE_POLL_SECONDS = 3600.0
streaming.HEARTBEAT_SECONDS = 3600.0

__all__ = ["application"]
