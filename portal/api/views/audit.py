"""`/api/v1/trail/`: for auditors and admins."""

import django_filters
from django.db.models import QuerySet
from rest_framework import generics

from portal import access
from portal.api import serializers
from provisioner.models import TrailEntry


class TrailFilter(django_filters.FilterSet):
    actor = django_filters.CharFilter()
    action = django_filters.CharFilter()
    result = django_filters.ChoiceFilter(choices=TrailEntry.Result.choices)
    team = django_filters.CharFilter()
    object = django_filters.CharFilter(field_name="object_id")
    run = django_filters.CharFilter(field_name="run_id")
    after = django_filters.NumberFilter(
        field_name="seq", lookup_expr="gt", min_value=0, max_value=2**62, decimal_places=0
    )

    class Meta:
        model = TrailEntry
        fields: list[str] = []


class Trail(generics.ListAPIView[TrailEntry]):
    """Who did what, newest first."""

    serializer_class = serializers.TrailDocument
    filterset_class = TrailFilter

    def get_queryset(self) -> QuerySet[TrailEntry]:
        if getattr(self, "swagger_fake_view", False):
            return TrailEntry.objects.none()
        access.trail_reader(self.request.user)
        return TrailEntry.objects.order_by("-seq")
