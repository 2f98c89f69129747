"""The web process: HTTP and WebSocket behind one ASGI application."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
http = get_asgi_application()

# Django is set up now, so its models can be imported.
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.sessions import CookieMiddleware  # noqa: E402
from django.conf import settings  # noqa: E402

from portal import checks  # noqa: E402
from portal.live import abort, origins, routing  # noqa: E402

checks.refuse_to_start()

application = ProtocolTypeRouter(
    {
        "http": http,
        # Only cookies: portal/live/admission.py reads the session itself. The session middleware of Channels
        # would load it for every frame that is sent.
        "websocket": abort.AbortMiddleware(
            origins.OriginValidator(
                CookieMiddleware(URLRouter(routing.websocket_urlpatterns)), settings.WEBSOCKET_ORIGINS
            )
        ),
    }
)
