from django.urls import path

from portal.runs.views import decisions, downloads, listing, page

urlpatterns = [
    path("runs/", listing.runs, name="runs"),
    path("runs/<uuid:run_id>/", page.run, name="run"),
    path("runs/<uuid:run_id>/actions/", page.fragment, name="run-actions"),
    path("runs/<uuid:run_id>/approve/", decisions.approve, name="run-approve"),
    path("runs/<uuid:run_id>/discard/", decisions.discard, name="run-discard"),
    path("runs/<uuid:run_id>/cancel/", decisions.cancel, name="run-cancel"),
    path("runs/<uuid:run_id>/force/", decisions.force, name="run-force"),
    path("runs/<uuid:run_id>/unlock/", decisions.unlock, name="run-unlock"),
    path("runs/<uuid:run_id>/push/", decisions.push, name="run-push"),
    path("runs/<uuid:run_id>/look/", decisions.look, name="run-look"),
    path("runs/<uuid:run_id>/settle/", decisions.settle, name="run-settle"),
    path("runs/<uuid:run_id>/replan/", decisions.replan, name="run-replan"),
    path("runs/<uuid:run_id>/again/", decisions.again, name="run-again"),
    path("runs/<uuid:run_id>/log.txt", downloads.text, name="run-log-text"),
    path("runs/<uuid:run_id>/log.jsonl", downloads.lines, name="run-log-lines"),
]
