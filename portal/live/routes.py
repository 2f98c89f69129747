from django.urls import re_path

from portal.live import closing

NOT_FOUND = closing.Refused.as_asgi(code=closing.UNKNOWN)

websocket_urlpatterns = [
    re_path(r"", NOT_FOUND),
]
