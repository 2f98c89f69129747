"""`/api/v1/runs/`: watch runs and act on them."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal import access
from portal.accounts import signed_in
from portal.api import fields, serializers
from portal.api.errors import Conflict
from portal.api.parsers import StrictJSON
from provisioner import operations, permissions
from provisioner.models import Run
from provisioner.run_status import Remediation, RunKind, RunStatus


class RunFilter(django_filters.FilterSet):
    environment = django_filters.UUIDFilter(field_name="environment_id")
    status = django_filters.ChoiceFilter(choices=RunStatus.choices)
    kind = django_filters.ChoiceFilter(choices=RunKind.choices)

    class Meta:
        model = Run
        fields: list[str] = []


class Runs(generics.ListAPIView[Run]):
    """The runs that the person can see, newest first."""

    serializer_class = serializers.RunDocument
    filterset_class = RunFilter

    def get_queryset(self) -> QuerySet[Run]:
        if getattr(self, "swagger_fake_view", False):
            return Run.objects.none()
        visible = permissions.visible_runs(signed_in.person(self.request))
        return visible.select_related("environment", "requested_by", "approved_by").order_by(
            "-queued_at", "pk"
        )


class OneRun(APIView):
    """One run."""

    @extend_schema(responses=serializers.RunInFull)
    def get(self, request: Request, run_id: UUID) -> Response:
        """Show it; its events are at `events/`."""
        return Response(serializers.RunInFull(access.run(request.user, run_id)).data)


class RunVerb(APIView):
    """An action on a run. `act` is the permission that it needs, `verb` the engine's function."""

    act = permissions.Act.CHANGE
    verb: Callable[..., Any]
    parser_classes = [StrictJSON]

    @extend_schema(request=None, responses=serializers.RunInFull)
    def post(self, request: Request, run_id: UUID) -> Response:
        """Do it; 409 with the reason if the run's status does not allow it."""
        run = access.run(request.user, run_id, act=self.act)
        if self.act is permissions.Act.APPROVE:
            access.approver(request.user, run)
        type(self).verb(run_id=run.pk, by=request.user, now=timezone.now())
        return Response(serializers.RunInFull(access.run(request.user, run.pk)).data)


class Approve(RunVerb):
    """Approve the plan, so that it is applied."""

    act = permissions.Act.APPROVE
    verb = operations.approve


class Discard(RunVerb):
    """Discard the plan."""

    verb = operations.discard


class Cancel(RunVerb):
    """Stop the run."""

    verb = operations.cancel


class Look(RunVerb):
    """Have the run's host check again what an interrupted apply left."""

    act = permissions.Act.OPERATE
    verb = operations.inspect_again


class Settle(RunVerb):
    """Settle a run that needs attention."""

    act = permissions.Act.OPERATE
    verb = operations.settle


class Replan(APIView):
    """Settle a run that needs attention and plan the same again."""

    parser_classes = [StrictJSON]

    @extend_schema(request=None, responses={201: serializers.RunInFull})
    def post(self, request: Request, run_id: UUID) -> Response:
        """Do both or neither. The answer is the new run; 409 with the reason if it is not possible."""
        run = access.run(request.user, run_id, act=permissions.Act.OPERATE)
        try:
            afresh = operations.replan(run_id=run.pk, by=signed_in.person(request), now=timezone.now())
        except operations.Refused as refusal:
            # No change of the request would help.
            raise Conflict(refusal.errors) from refusal
        document = serializers.RunInFull(access.run(request.user, afresh.pk)).data
        return Response(document, status=status.HTTP_201_CREATED)


class ConfirmedVerb(APIView):
    """An operator's action that cannot be undone.

    `verb` is the engine's function, which also gets the name.
    """

    verb: Callable[..., Any]
    parser_classes = [StrictJSON]

    @extend_schema(request=fields.NameBody, responses=serializers.RunInFull)
    def post(self, request: Request, run_id: UUID) -> Response:
        """Request it; the run's host does it after a check of its own. 409 with the reason if it is not
        possible.
        """
        run = access.run(request.user, run_id, act=permissions.Act.OPERATE)
        body = fields.NameBody(data=request.data)
        body.is_valid(raise_exception=True)
        name = body.validated_data["name"]
        if wrong := operations.misspelt(run.environment, name):
            raise ValidationError({"name": [wrong]})
        type(self).verb(run_id=run.pk, by=request.user, name=name, now=timezone.now())
        return Response(serializers.RunInFull(access.run(request.user, run.pk)).data)


class Force(ConfirmedVerb):
    """Kill a Terraform that was asked to stop and does not stop."""

    verb = operations.force


class Unlock(ConfirmedVerb):
    """Release the state lock that the run left."""

    verb = partial(operations.remediate, remediation=Remediation.UNLOCK)


class Push(ConfirmedVerb):
    """Store the state that Terraform could not save."""

    verb = partial(operations.remediate, remediation=Remediation.PUSH)
