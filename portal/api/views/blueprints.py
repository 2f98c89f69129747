"""`/api/v1/blueprints/`: the blueprints that can be ordered, and their inputs."""

from dataclasses import asdict
from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.api.pagination import PageNumberPages
from provisioner import catalogue
from provisioner.blueprints import Blueprint, Input


class Blueprints(APIView):
    """The blueprints that can be ordered."""

    @extend_schema(operation_id="blueprints_list", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """List the blueprints."""
        offered = {slug: catalogue.shown(each) for slug, each in catalogue.offered().blueprints.items()}
        pages = PageNumberPages()
        page: Any = pages.paginate_queryset(sorted(offered.values(), key=_title), request, view=self)
        return pages.get_paginated_response([summary(blueprint) for blueprint in page])


class OneBlueprint(APIView):
    """One blueprint."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, slug: str) -> Response:
        """Show its inputs, sizes and outputs."""
        found = catalogue.blueprint(slug)
        if found is None:
            raise Http404
        found = catalogue.shown(found)
        more = {
            "description": found.description,
            "inputs": [question(each) for each in found.inputs.values()],
            "sections": [asdict(section) for section in found.sections],
            "outputs": [asdict(output) for output in found.outputs],
        }
        return Response(summary(found) | more)


def summary(blueprint: Blueprint) -> dict[str, Any]:
    """A blueprint in a list."""
    return {
        "slug": blueprint.slug,
        "title": blueprint.title,
        "summary": blueprint.summary,
        "target_seconds": blueprint.target_seconds,
        "regions": list(blueprint.regions),
        "sizes": [
            {"slug": size.slug, "title": size.title, "help": size.help, "approval": size.approval,
             "inputs": dict(size.inputs)}
            for size in blueprint.sizes
        ],
        "digest": blueprint.digest,
    }  # fmt: skip


def question(asked: Input) -> dict[str, Any]:
    """One input as an order takes it. The default of a sensitive input is not shown."""
    document = asdict(asked)
    return document | {"default": None if asked.sensitive else asked.default}


def _title(blueprint: Blueprint) -> str:
    return blueprint.title.lower()
