from django.urls import URLPattern, URLResolver, include, path

from portal import error_pages, javascript_catalog
from portal.monitoring import health, metrics

handler400 = error_pages.bad_request
handler403 = error_pages.permission_denied
handler404 = error_pages.page_not_found
handler500 = error_pages.server_error

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("jsi18n/", javascript_catalog.catalog, name="javascript-catalog"),
    path("api/v1/", include("portal.api.urls")),
    path("", include("portal.accounts.urls")),
    path("", include("portal.environments.urls")),
    path("", include("portal.catalogue.urls")),
    path("", include("portal.runs.urls")),
    path("", include("portal.audit.urls")),
    path("", include("portal.explanations.urls")),
]
