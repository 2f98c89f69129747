from contextlib import suppress

from django.urls import URLPattern, URLResolver, include, path

from portal import error_pages, health, metrics

handler400 = error_pages.bad_request
handler403 = error_pages.permission_denied
handler404 = error_pages.page_not_found
handler500 = error_pages.server_error

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("", include("portal.accounts.urls")),
    path("api/v1/", include("portal.api.urls")),
]
# While the parts are still being put together.
for part in ("environments", "catalogue", "runs", "trail_pages"):
    with suppress(ImportError):
        urlpatterns.append(path("", include(f"portal.{part}.urls")))
