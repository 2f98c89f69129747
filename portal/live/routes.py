from django.urls import path, re_path

from portal.live import closing, consumer

websocket_urlpatterns = [
    path("ws/runs/<uuid:run_id>/", consumer.RunConsumer.as_asgi(), name="live-run"),
    re_path(r"", closing.Refused.as_asgi(), name="live-nothing"),
]
