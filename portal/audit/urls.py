from django.urls import path, re_path

from portal.audit import views

urlpatterns = [
    path("trail/", views.entries, name="trail"),
    path("trail/chain/", views.chain, name="trail-chain"),
    re_path(r"^trail/export\.(?P<format>csv|jsonl)$", views.export, name="trail-export"),
]
