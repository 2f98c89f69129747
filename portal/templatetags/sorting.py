"""Column headings that sort a list through the `sort` parameter of its address."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.templatetags import parts

register = template.Library()


@register.simple_tag(takes_context=True)
def sort_header(
    context: template.RequestContext, title: str, key: str, current: str, css_class: str = ""
) -> SafeString:
    """A `th` whose link sorts by `key`; in descending order if the list is already sorted by it."""
    is_up, is_down = current == key, current == f"-{key}"
    query = context["request"].GET.copy()
    query.pop("page", None)
    query["sort"] = f"-{key}" if is_up else key
    return format_html(
        '<th scope="col"{}{}><a href="?{}">{}{}</a></th>',
        format_html(' class="{}"', css_class) if css_class else "",
        format_html(' aria-sort="{}"', "ascending" if is_up else "descending") if is_up or is_down else "",
        query.urlencode(),
        title,
        parts.icon("chevron-up" if is_up else "chevron-down") if is_up or is_down else "",
    )
