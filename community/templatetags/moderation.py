from django import template

from community.models import Report

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
    return str(person) if viewer.has_perm("users.view_user") else person.public_name
