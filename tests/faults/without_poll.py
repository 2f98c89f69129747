"""The portal without fault 23's guard, for a web server: its viewers trust the doorbell alone."""

from portal.asgi import application
from portal.live import hub, streaming

hub.MOVING_POLL_SECONDS = hub.RESTING_POLL_SECONDS = 3600.0
streaming.BEAT_SECONDS = 3600.0

__all__ = ["application"]
