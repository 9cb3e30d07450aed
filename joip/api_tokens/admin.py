from django.contrib import admin

from joip.api.security_log import record
from joip.api_tokens.models import ApiToken
from joip.users.shown_names import ShowsNames, person_column


@admin.register(ApiToken)
class ApiTokenAdmin(ShowsNames, admin.ModelAdmin):
    """Deleting a token revokes it, at once. Nobody can read its secret, or make one for others."""

    list_display = ["name", "person", "scope", "created_at", "last_used_at", "expires_at"]
    list_filter = ["scope", "last_used_at", "expires_at"]
    list_select_related = ["user"]
    ordering = ["-id"]
    search_fields = ["name", "user__pk__exact"]
    name_search_fields = ["user__username"]
    fields = list_display

    person = person_column("user", title="person")

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def log_deletions(self, request, queryset):
        for token in queryset:
            record(
                "token-revoked",
                request,
                person=token.user_id,
                token=token.pk,
                staff=request.user.pk,
            )
        return super().log_deletions(request, queryset)
