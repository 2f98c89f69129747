from django.contrib.auth.decorators import login_not_required
from django.urls import path, re_path
from django.views.generic import RedirectView

from portal.api.views import audit, blueprints, environments, not_found, run_events, runs, schema

urlpatterns = [
    path("environments/", environments.Environments.as_view(), name="api-environments"),
    path(
        "environments/<uuid:environment_id>/",
        environments.OneEnvironment.as_view(),
        name="api-environment",
    ),
    path("runs/", runs.Runs.as_view(), name="api-runs"),
    path("runs/<uuid:run_id>/", runs.OneRun.as_view(), name="api-run"),
    path("runs/<uuid:run_id>/events/", run_events.run_events, name="api-run-events"),
    path("runs/<uuid:run_id>/approve/", runs.Approve.as_view(), name="api-run-approve"),
    path("runs/<uuid:run_id>/discard/", runs.Discard.as_view(), name="api-run-discard"),
    path("runs/<uuid:run_id>/cancel/", runs.Cancel.as_view(), name="api-run-cancel"),
    path("runs/<uuid:run_id>/force/", runs.Force.as_view(), name="api-run-force"),
    path("runs/<uuid:run_id>/unlock/", runs.Unlock.as_view(), name="api-run-unlock"),
    path("runs/<uuid:run_id>/push/", runs.Push.as_view(), name="api-run-push"),
    path("runs/<uuid:run_id>/look/", runs.Look.as_view(), name="api-run-look"),
    path("runs/<uuid:run_id>/settle/", runs.Settle.as_view(), name="api-run-settle"),
    path("runs/<uuid:run_id>/replan/", runs.Replan.as_view(), name="api-run-replan"),
    path("blueprints/", blueprints.Blueprints.as_view(), name="api-blueprints"),
    path("blueprints/<slug:slug>/", blueprints.OneBlueprint.as_view(), name="api-blueprint"),
    path("audit/", audit.AuditTrail.as_view(), name="api-audit"),
    # The address of earlier versions.
    path(
        "trail/",
        login_not_required(RedirectView.as_view(pattern_name="api-audit", permanent=True, query_string=True)),
        name="api-audit-old-address",
    ),
    path(
        "schema/",
        schema.Schema.as_view(),
        name="api-schema",
    ),
    re_path(r"", not_found.NotFound.as_view(), name="api-nothing"),
]
