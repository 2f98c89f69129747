"""The run page, complete without JavaScript, and the fragment that keeps its buttons up to date."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from portal import access
from portal.accounts import signed_in
from portal.runs import page_context


@require_GET
@never_cache
def run(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """The page of one run."""
    found = access.run(request.user, run_id)
    page = page_context.build(found, user=signed_in.person(request), now=timezone.now())
    return render(request, "runs/run.html", {"run": found, "page": page})


@require_GET
@never_cache
def fragment(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """The buttons, the notice, the plan, the outputs and the details as they are now.

    The page asks for them when the run has changed.
    """
    found = access.run(request.user, run_id)
    page = page_context.build(found, user=signed_in.person(request), now=timezone.now())
    return render(request, "runs/_fragment.html", {"run": found, "page": page, "is_fragment": True})
