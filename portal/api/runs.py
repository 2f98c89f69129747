"""`/api/v1/runs/`: watch and decide."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal import access
from portal.accounts import signed_in
from portal.api import representations
from portal.api.bodies import StrictJSON
from provisioner import operations, rights
from provisioner.models import Run
from provisioner.run_status import RunKind, RunStatus


class RunFilter(django_filters.FilterSet):
    environment = django_filters.UUIDFilter(field_name="environment_id")
    status = django_filters.ChoiceFilter(choices=RunStatus.choices)
    kind = django_filters.ChoiceFilter(choices=RunKind.choices)

    class Meta:
        model = Run
        fields: list[str] = []


class Runs(generics.ListAPIView[Run]):
    """The runs that one may see, newest first."""

    serializer_class = representations.RunDocument
    filterset_class = RunFilter

    def get_queryset(self) -> QuerySet[Run]:
        if getattr(self, "swagger_fake_view", False):
            return Run.objects.none()
        visible = rights.visible_runs(signed_in.person(self.request))
        return visible.select_related("environment", "requested_by", "approved_by").order_by(
            "-queued_at", "pk"
        )


class OneRun(APIView):
    """One run."""

    @extend_schema(responses=representations.RunInFull)
    def get(self, request: Request, run_id: UUID) -> Response:
        """Show it; its events are at `events/`."""
        return Response(representations.RunInFull(access.run(request.user, run_id)).data)


class RunVerb(APIView):
    """An act on a run. `act` is the right it takes, `verb` the engine's function."""

    act = rights.Act.CHANGE
    verb: Callable[..., Any]
    parser_classes = [StrictJSON]

    @extend_schema(request=None, responses=representations.RunInFull)
    def post(self, request: Request, run_id: UUID) -> Response:
        """Do it; 409 with the reason where the run is past that."""
        run = access.run(request.user, run_id, act=self.act)
        if self.act is rights.Act.APPROVE:
            access.approver(request.user, run)
        type(self).verb(run_id=run.pk, by=request.user, now=timezone.now())
        return Response(representations.RunInFull(access.run(request.user, run.pk)).data)


class Approve(RunVerb):
    """Let the plan be applied."""

    act = rights.Act.APPROVE
    verb = operations.approve


class Discard(RunVerb):
    """Drop the plan."""

    verb = operations.discard


class Cancel(RunVerb):
    """Stop the run."""

    verb = operations.cancel
