from django.urls import path, re_path

from portal.live import close_codes, consumers

websocket_urlpatterns = [
    path("ws/runs/<uuid:run_id>/", consumers.RunConsumer.as_asgi(), name="live-run"),
    re_path(r"", close_codes.NotFoundConsumer.as_asgi(), name="live-nothing"),
]
