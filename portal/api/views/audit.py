"""`/api/v1/audit/`: for auditors and admins."""

import django_filters
from django.db.models import QuerySet
from rest_framework import generics

from portal import access
from portal.api import serializers
from provisioner.models import AuditEntry


class AuditTrailFilter(django_filters.FilterSet):
    actor = django_filters.CharFilter()
    action = django_filters.CharFilter()
    result = django_filters.ChoiceFilter(choices=AuditEntry.Result.choices)
    team = django_filters.CharFilter()
    object = django_filters.CharFilter(field_name="object_id")
    run = django_filters.CharFilter(field_name="run_id")
    after = django_filters.NumberFilter(
        field_name="seq", lookup_expr="gt", min_value=0, max_value=2**62, decimal_places=0
    )

    class Meta:
        model = AuditEntry
        fields: list[str] = []


class AuditTrail(generics.ListAPIView[AuditEntry]):
    """The audit trail, newest entry first."""

    serializer_class = serializers.AuditEntryDocument
    filterset_class = AuditTrailFilter

    def get_queryset(self) -> QuerySet[AuditEntry]:
        if getattr(self, "swagger_fake_view", False):
            return AuditEntry.objects.none()
        access.audit_trail_reader(self.request.user)
        return AuditEntry.objects.order_by("-seq")
