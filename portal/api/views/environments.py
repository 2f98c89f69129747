"""`/api/v1/environments/`: order, list, show, change, destroy."""

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import F, Prefetch, QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal import access
from portal.accounts import signed_in
from portal.api import fields, idempotency, serializers
from portal.api.errors import Conflict
from portal.api.parsers import StrictJSON
from provisioner import operations, permissions
from provisioner.models import Environment, Run
from provisioner.run_status import EnvironmentStatus


class EnvironmentFilter(django_filters.FilterSet):
    name = django_filters.CharFilter()
    status = django_filters.ChoiceFilter(choices=EnvironmentStatus.choices)
    team = django_filters.CharFilter(field_name="team__slug")

    class Meta:
        model = Environment
        fields: list[str] = []


class Environments(generics.ListAPIView[Environment]):
    """The environments that the person can see, newest first. POST orders one."""

    serializer_class = serializers.EnvironmentDocument
    filterset_class = EnvironmentFilter
    parser_classes = [StrictJSON]

    def get_queryset(self) -> QuerySet[Environment]:
        if getattr(self, "swagger_fake_view", False):
            return Environment.objects.none()
        visible = permissions.visible_environments(signed_in.person(self.request))
        return complete(visible).order_by("-created_at", "pk")

    @extend_schema(
        request=fields.OrderBody,
        parameters=[idempotency.PARAMETER],
        responses={
            201: serializers.EnvironmentDocument,
            400: OpenApiResponse(description="Errors by field"),
        },
    )
    def post(self, request: Request) -> Response:
        """Order an environment. The same `Idempotency-Key` again answers with the same environment."""
        body = fields.OrderBody(data=request.data)
        body.is_valid(raise_exception=True)
        order = operations.OrderRequest(
            by=signed_in.person(request), key=idempotency.key_from_header(request), **body.validated_data
        )
        run = operations.order(order, now=timezone.now())
        return Response(_document(run.environment_id), status=status.HTTP_201_CREATED)


class OneEnvironment(APIView):
    """One environment."""

    parser_classes = [StrictJSON]

    @extend_schema(responses=serializers.EnvironmentDocument)
    def get(self, request: Request, environment_id: UUID) -> Response:
        """Show it, with its outputs and its latest run."""
        return Response(_document(access.environment(request.user, environment_id).pk))

    @extend_schema(
        request=fields.ChangeBody, parameters=[idempotency.PARAMETER], responses={202: serializers.RunInFull}
    )
    def patch(self, request: Request, environment_id: UUID) -> Response:
        """Change it. The answer is the run that changes it. A value that is not given stays."""
        found = access.environment(request.user, environment_id, act=permissions.Act.CHANGE)
        body = fields.ChangeBody(data=request.data)
        body.is_valid(raise_exception=True)
        by, asked = signed_in.person(request), body.validated_data
        try:
            change = operations.ChangeRequest(
                environment_id=found.pk,
                size=asked["size"] or None,
                inputs=asked["inputs"],
                keeps_others=True,
                by=by,
                key=idempotency.key_from_header(request),
            )
            run = operations.change(change, now=timezone.now())
        except operations.Refused as refusal:
            if operations.why_not_change(found, by):
                # No change of the request would help.
                raise Conflict(refusal.errors) from refusal
            raise
        document = serializers.RunInFull(access.run(request.user, run.pk)).data
        return Response(document, status=status.HTTP_202_ACCEPTED)

    @extend_schema(parameters=[idempotency.PARAMETER], responses={202: serializers.RunInFull})
    def delete(self, request: Request, environment_id: UUID) -> Response:
        """Destroy it. The answer is the run that destroys it."""
        found = access.environment(request.user, environment_id, act=permissions.Act.DESTROY)
        try:
            run = operations.destroy(
                environment_id=found.pk,
                by=signed_in.person(request),
                now=timezone.now(),
                key=idempotency.key_from_header(request),
            )
        except operations.Refused as refusal:
            # No change of the request would help: the environment cannot be destroyed now.
            raise Conflict(refusal.errors) from refusal
        document = serializers.RunInFull(access.run(request.user, run.pk)).data
        return Response(document, status=status.HTTP_202_ACCEPTED)


def complete(environments: QuerySet[Environment]) -> QuerySet[Environment]:
    """With everything that the document shows, in a constant number of queries."""
    # The newest run has the number of the counter: one row each, by the unique index.
    latest = Run.objects.filter(number=F("environment__run_counter"))
    return environments.select_related("team", "account", "owner").prefetch_related(
        Prefetch("runs", queryset=latest, to_attr="latest_runs")
    )


def _document(environment_id: UUID) -> dict[str, Any]:
    found = complete(Environment.objects.filter(pk=environment_id)).get()
    return dict(serializers.EnvironmentDocument(found).data)
