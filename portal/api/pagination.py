"""Pages of lists."""

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request


class PageNumberPages(PageNumberPagination):
    """`?page=2&page_size=100`: `{"count", "next", "previous", "results"}`."""

    page_size_query_param = "page_size"
    max_page_size = 200

    def get_page_number(self, request: Request, paginator: object) -> str | int:
        given = request.query_params.get(self.page_query_param, "1")
        if not (given.isascii() and given.isdigit() and int(given[:9]) > 0 and len(given) < 10):
            raise ValidationError({"page": [_("The page must be a number from 1 on.")]})
        return int(given)
