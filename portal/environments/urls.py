from django.urls import path
from django.views.generic import RedirectView

from portal.environments.views import change, destroy, overview

urlpatterns = [
    path("", overview.home, name="environments"),
    # Where somebody arrives who shortens an environment's address.
    path("environments/", RedirectView.as_view(pattern_name="environments"), name="environments-list"),
    path("environments/pulse/", overview.pulse, name="environments-pulse"),
    path("environments/<uuid:environment_id>/", overview.environment, name="environment"),
    path("environments/<uuid:environment_id>/status/", overview.status, name="environment-status"),
    path(
        "environments/<uuid:environment_id>/instances/", overview.instance_list, name="environment-instances"
    ),
    path("environments/<uuid:environment_id>/change/", change.change, name="change"),
    path("environments/<uuid:environment_id>/change/check/", change.check, name="change-check"),
    path("environments/<uuid:environment_id>/destroy/", destroy.destroy, name="destroy"),
]
