from collections import Counter

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join

from community.forms import DecisionForm, SaveForm
from community.models import CommunityShare, Decision, Report, ReportedShare
from community.moderation import dismiss_reports, hide_share, unhide_share
from community.saving import save_session
from community.sharing import share_session, withdraw_session
from credits.admin import ReadOnly
from joip.api.security_log import record
from joip.errors import Refusal
from sessions.admin import preview
from sessions.models import SessionMedia

admin.site.site_header = admin.site.site_title = "JOIP"

SLIDES_IN_THE_QUEUE = 4


def previews(slides):
    return format_html_join(" ", "{}", ((preview(slide),) for slide in slides))


class StateFilter(admin.SimpleListFilter):
    title = parameter_name = "state"

    def lookups(self, request, model_admin):
        return CommunityShare.State.choices

    def queryset(self, request, queryset):
        return queryset.filter(state=self.value()) if self.value() else queryset


class Reports(ReadOnly, admin.TabularInline):
    model = Report
    fields = readonly_fields = ["created_at", "reporter", "reason", "text", "decision"]
    ordering = ["-id"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("reporter", "decision")


class Decisions(ReadOnly, admin.TabularInline):
    model = Decision
    fields = readonly_fields = ["created_at", "kind", "actor", "note"]
    ordering = ["-id"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("actor")


class Moderates(admin.ModelAdmin):
    """Shares with their reports, and the actions that answer them."""

    action_form = DecisionForm
    search_fields = ["id__exact", "session__title", "session__owner__username"]
    inlines = [Reports, Decisions]
    fields = [
        "id",
        "session",
        "owner",
        "state",
        "save_count",
        "allow_saves",
        "shared_at",
        "withdrawn_at",
        "hidden_at",
        "shown",
    ]

    def get_queryset(self, request):
        shares = super().get_queryset(request).select_related("session__owner", "snapshot")
        return shares.with_state().with_reports()

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        # Shares are changed by actions only; their fields are read-only.
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(ordering="session__owner__username")
    def owner(self, share):
        return share.session.owner

    @admin.display(ordering="state")
    def state(self, share):
        return share.state

    @admin.display(description="reports", ordering="report_count")
    def waiting(self, share):
        return share.report_count

    @admin.display(description="what people see and save")
    def shown(self, share):
        if share.snapshot is None:
            return "-"
        return format_html(
            "<p>{}</p>{}", share.snapshot.title, previews(share.snapshot.media.all())
        )

    @admin.action(description="Hide from the community", permissions=["change"])
    def hide(self, request, queryset):
        self.decide(request, queryset, hide_share, "Hidden.")

    @admin.action(description="Unhide", permissions=["change"])
    def unhide(self, request, queryset):
        self.decide(request, queryset, unhide_share, "Unhidden.")

    @admin.action(description="Dismiss the reports", permissions=["change"])
    def dismiss(self, request, queryset):
        self.decide(request, queryset, dismiss_reports, "Reports dismissed.")

    def decide(self, request, shares, deed, done):
        note = request.POST.get("note", "").strip()
        if not note:
            self.message_user(
                request, "Give a reason in the field beside the action.", messages.ERROR
            )
            return
        self.do_to_each(
            request, shares, lambda share: deed(share=share, actor=request.user, note=note), done
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


@admin.register(CommunityShare)
class CommunityShareAdmin(Moderates):
    actions = ["hide", "unhide", "dismiss", "withdraw", "share_again"]
    list_display = ["id", "session", "owner", "shared_at", "state", "save_count", "waiting"]
    list_filter = [StateFilter, "shared_at", "allow_saves"]
    ordering = ["-id"]

    @admin.action(description="Withdraw, as the owner would", permissions=["change"])
    def withdraw(self, request, queryset):
        self.do_to_each(
            request, queryset, lambda share: withdraw_session(session=share.session), "Withdrawn."
        )

    @admin.action(
        description="Share again: make it public and share a new snapshot", permissions=["change"]
    )
    def share_again(self, request, queryset):
        self.do_to_each(
            request, queryset, lambda share: share_session(session=share.session), "Shared again."
        )

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
        record("saved-for", request, person=person.pk, staff=request.user.pk, share=share.pk)
        done = f"Saved before by {person}" if saved.reused else f"Saved for {person}"
        self.log_change(request, share, f"{done}.")
        address = reverse("admin:library_session_change", args=[saved.session_id])
        message = format_html('{}: <a href="{}">session {}</a>.', done, address, saved.session_id)
        self.message_user(request, message, messages.SUCCESS)


@admin.register(ReportedShare)
class ReportedShareAdmin(Moderates):
    """The moderation queue: shares with unanswered reports, those with the most first."""

    actions = ["hide", "dismiss"]
    list_display = ["session", "owner", "state", "waiting", "reasons", "since", "slides"]
    list_display_links = ["session"]
    list_per_page = 20

    def get_queryset(self, request):
        first_slides = SessionMedia.objects.all()[:SLIDES_IN_THE_QUEUE]
        waiting = Report.objects.waiting()
        return (
            super()
            .get_queryset(request)
            .filter(pk__in=waiting.values("share"))
            .prefetch_related(
                Prefetch("snapshot__media", first_slides, to_attr="first_slides"),
                Prefetch("reports", waiting, to_attr="waiting_reports"),
            )
            .order_by("-report_count", "first_report_at", "-id")
        )

    def reasons(self, share):
        counts = Counter(report.get_reason_display() for report in share.waiting_reports)
        return ", ".join(f"{reason} ({count})" for reason, count in counts.most_common())

    @admin.display(ordering="first_report_at")
    def since(self, share):
        return share.first_report_at

    def slides(self, share):
        return previews(share.snapshot.first_slides) if share.snapshot else "-"


@admin.register(Decision)
class DecisionAdmin(ReadOnly, admin.ModelAdmin):
    """What staff decided, also about shares that are deleted since."""

    list_display = ["created_at", "kind", "title", "community_session_id", "actor", "note"]
    list_filter = ["kind", "created_at"]
    list_select_related = ["actor"]
    ordering = ["-id"]
    search_fields = ["title", "note", "community_session_id__exact", "actor__username"]
    fields = ["created_at", "kind", "share", "community_session_id", "title", "actor", "note"]
