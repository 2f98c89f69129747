"""The page of all explained errors, for everybody who is signed in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from provisioner import explanations


@require_GET
def catalogue(request: HttpRequest) -> HttpResponse:
    """The page; only its entries when htmx asks."""
    words = request.GET.get("q", "").strip()[:100]
    found = explanations.searched(words)
    context = {
        "words": words,
        "sections": [
            (group.title_text, entries)
            for group in explanations.Group
            if (entries := _explanation_of(group, found))
        ],
        "found": len(found),
        "total": len(explanations.ENTRIES),
    }
    is_fragment = request.headers.get("HX-Target") == "entries"
    response = render(request, f"explanations/{'entries' if is_fragment else 'catalogue'}.html", context)
    response["Vary"] = "HX-Request, HX-Target, Cookie"
    return response


def _explanation_of(group: explanations.Group, found: list[explanations.Entry]) -> list[explanations.Entry]:
    return [entry for entry in found if entry.group is group]
