"""The web process: HTTP and WebSocket behind one ASGI application."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
http = get_asgi_application()

# Only now is Django set up, and its models importable.
from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from portal import checks  # noqa: E402
from portal.live import origins, routes  # noqa: E402

checks.refuse_to_start()

application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": origins.OriginValidator(
            AuthMiddlewareStack(URLRouter(routes.websocket_urlpatterns)), settings.WEBSOCKET_ORIGINS
        ),
    }
)
