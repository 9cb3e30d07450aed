from django.contrib.auth.decorators import login_required
from django.views.decorators.http import require_safe

from joip.accounts.export_views import export_response


@login_required
@require_safe
def export(request):
    return export_response(request)
