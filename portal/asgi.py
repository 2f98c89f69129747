"""The web process: HTTP and WebSocket behind one ASGI application."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
http = get_asgi_application()

# Only now is Django set up, and its models importable.
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.sessions import CookieMiddleware  # noqa: E402
from django.conf import settings  # noqa: E402

from portal import checks  # noqa: E402
from portal.live import abort, origins, routing  # noqa: E402

checks.refuse_to_start()

application = ProtocolTypeRouter(
    {
        "http": http,
        # Cookies only: who may watch is asked afresh (portal/live/admission.py), and the session middleware
        # looks at the session for every frame that goes out.
        "websocket": abort.AbortMiddleware(
            origins.OriginValidator(
                CookieMiddleware(URLRouter(routing.websocket_urlpatterns)), settings.WEBSOCKET_ORIGINS
            )
        ),
    }
)
