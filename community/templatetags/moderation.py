from django import template

from community.models import Report
from joip.users.shown_names import shown_name

register = template.Library()


@register.simple_tag
def reported_sessions():
    """How many wait for a decision of staff."""
    return Report.objects.waiting().values("share").distinct().count()


@register.filter
def name_for(person, viewer):
    """Of a person, as this member of staff may see it."""
    if person is None:
        return "-"
    return shown_name(person, viewer=viewer)
