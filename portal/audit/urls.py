from django.urls import path, re_path
from django.views.generic import RedirectView

from portal.audit import views

urlpatterns = [
    path("audit/", views.entries, name="audit"),
    path("audit/chain/", views.chain, name="audit-chain"),
    re_path(r"^audit/export\.(?P<format>csv|jsonl)$", views.export_file, name="audit-export"),
    # The addresses of earlier versions, for bookmarks and scripts.
    re_path(
        r"^trail/(?P<rest>.*)$",
        RedirectView.as_view(url="/audit/%(rest)s", permanent=True, query_string=True),
        name="audit-old-address",
    ),
]
