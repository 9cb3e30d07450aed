from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, CharField, Count, Exists, OuterRef, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Concat
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join

from community.forms import SaveForm
from community.models import CommunityShare
from community.moderation import hide_share, unhide_share
from community.saving import save_session
from community.sharing import share_session, withdraw_session
from joip.errors import Refusal
from sessions.admin import preview
from sessions.claims import READY
from sessions.models import COMMUNITY, Session

admin.site.site_header = admin.site.site_title = "JOIP"

OPEN = "open"
HIDDEN = "hidden"
WITHDRAWN = "withdrawn"
PRIVATE = "session not public"
NOTHING_TO_SAVE = "no whole edition"
STATES = [OPEN, HIDDEN, WITHDRAWN, PRIVATE, NOTHING_TO_SAVE]

WHOLE_EDITIONS = Session.objects.snapshots().filter(
    media_status=READY, snapshot_of=OuterRef("session")
)
STATE = Case(
    When(hidden_at__isnull=False, then=Value(HIDDEN)),
    When(withdrawn_at__isnull=False, then=Value(WITHDRAWN)),
    When(session__is_public=False, then=Value(PRIVATE)),
    When(~Exists(WHOLE_EDITIONS), then=Value(NOTHING_TO_SAVE)),
    default=Value(OPEN),
)
SAVES = (
    Session.objects.filter(
        import_source=COMMUNITY,
        import_url=Concat(Value(f"{COMMUNITY}:"), Cast(OuterRef("pk"), CharField())),
    )
    .values("import_url")
    .annotate(count=Count("pk"))
    .values("count")
)


class StateFilter(admin.SimpleListFilter):
    title = parameter_name = "state"

    def lookups(self, request, model_admin):
        return [(state, state) for state in STATES]

    def queryset(self, request, queryset):
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(CommunityShare)
class CommunityShareAdmin(admin.ModelAdmin):
    actions = ["hide", "unhide", "withdraw", "share_again"]
    list_display = ["id", "session", "owner", "shared_at", "state", "saves"]
    list_filter = [StateFilter, "shared_at"]
    list_select_related = ["session__owner"]
    ordering = ["-id"]
    search_fields = ["id__exact", "session__title", "session__owner__username"]
    fields = [
        "id",
        "session",
        "owner",
        "state",
        "saves",
        "shared_at",
        "withdrawn_at",
        "hidden_at",
        "newest_edition",
    ]

    def get_queryset(self, request):
        shares = super().get_queryset(request).select_related("session__owner")
        return shares.annotate(state=STATE, saves=Coalesce(Subquery(SAVES), 0))

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        # The actions are all that changes a share; no field of one is for editing.
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(ordering="session__owner__username")
    def owner(self, share):
        return share.session.owner

    @admin.display(ordering="state")
    def state(self, share):
        return share.state

    @admin.display(ordering="saves")
    def saves(self, share):
        return share.saves

    @admin.display(description="what people save")
    def newest_edition(self, share):
        editions = share.session.snapshots.filter(media_status=READY)
        newest = editions.order_by("-pk").first()
        if newest is None:
            return "-"
        slides = format_html_join(" ", "{}", ((preview(slide),) for slide in newest.media.all()))
        return format_html("<p>{}</p>{}", newest.title, slides)

    @admin.action(description="Hide from the community", permissions=["change"])
    def hide(self, request, queryset):
        self.do_to_each(request, queryset, lambda share: hide_share(share=share), "Hidden.")

    @admin.action(description="Unhide", permissions=["change"])
    def unhide(self, request, queryset):
        self.do_to_each(request, queryset, lambda share: unhide_share(share=share), "Unhidden.")

    @admin.action(description="Withdraw, as the owner would", permissions=["change"])
    def withdraw(self, request, queryset):
        self.do_to_each(
            request, queryset, lambda share: withdraw_session(session=share.session), "Withdrawn."
        )

    @admin.action(
        description="Share again: public, not withdrawn, and a new edition", permissions=["change"]
    )
    def share_again(self, request, queryset):
        self.do_to_each(
            request, queryset, lambda share: share_session(session=share.session), "Shared again."
        )

    def do_to_each(self, request, shares, deed, done):
        for share in shares:
            try:
                deed(share)
            except Refusal as refusal:
                self.message_user(request, f"{share}: {refusal}", messages.ERROR)
            else:
                self.log_change(request, share, done)
                self.message_user(request, f"{share}: {done}", messages.SUCCESS)

    def get_urls(self):
        save = path(
            "<int:pk>/save/",
            self.admin_site.admin_view(self.save_into_library),
            name="community_communityshare_save",
        )
        return [save, *super().get_urls()]

    def save_into_library(self, request, pk):
        if not self.has_change_permission(request):
            raise PermissionDenied
        share = self.get_object(request, str(pk))
        if share is None:
            raise Http404
        form = SaveForm(request.POST or None)
        if form.is_valid():
            try:
                saved = save_session(
                    community_session_id=share.pk, actor=request.user, **form.cleaned_data
                )
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                self.tell_saved(request, share, saved, form.cleaned_data["user"])
                return redirect("admin:community_communityshare_change", share.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": "Save into somebody's library",
            "subtitle": str(share),
            "opts": self.opts,
            "share": share,
            "form": form,
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "admin/community/communityshare/save.html", context)

    def tell_saved(self, request, share, saved, person):
        done = f"Saved before by {person}" if saved.reused else f"Saved for {person}"
        self.log_change(request, share, f"{done}.")
        address = reverse("admin:library_session_change", args=[saved.session_id])
        message = format_html('{}: <a href="{}">session {}</a>.', done, address, saved.session_id)
        self.message_user(request, message, messages.SUCCESS)
