from django.template import Library

from joip.operations.first_run import missing_parts

register = Library()
register.simple_tag(missing_parts)
