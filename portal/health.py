"""Is it alive, is it ready: for load balancers, and for people who wonder what is missing."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Says nothing else, and asks nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")
