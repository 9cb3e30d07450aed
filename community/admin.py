from collections import Counter

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join

from community.featuring import feature_share, unfeature_share
from community.forms import SaveForm
from community.models import CommunityShare, Decision, Report, ReportedShare, ShareLink
from community.moderation import unhide_deleted
from community.moderation_page import AsksWhy, ModerationPage
from community.saving import save_session
from community.sharing import share_session, withdraw_session
from credits.admin import ReadOnly
from joip.api.security_log import record
from joip.errors import Refusal
from joip.users.shown_names import ShowsNames, person_column, shown_name
from sessions.admin import SessionAdmin, preview
from sessions.models import Session, SessionMedia

SLIDES_IN_THE_QUEUE = 4


def page_of(share):
    """Where staff see it as people do, also while it is hidden; None where nobody does."""
    is_shown = share.withdrawn_at is None and share.snapshot_id is not None
    return reverse("item", args=[share.pk]) if is_shown else None


def previews(slides):
    return format_html_join(" ", "{}", ((preview(slide),) for slide in slides))


class StateFilter(admin.SimpleListFilter):
    title = parameter_name = "state"

    def lookups(self, request, model_admin):
        return CommunityShare.State.choices

    def queryset(self, request, queryset):
        return queryset.filter(state=self.value()) if self.value() else queryset


class FeaturedFilter(admin.SimpleListFilter):
    title, parameter_name = "home page", "featured"

    def lookups(self, request, model_admin):
        return [("yes", "Shown there")]

    def queryset(self, request, queryset):
        return queryset.filter(featured_place__isnull=False) if self.value() else queryset


class Moderates(ShowsNames, ModerationPage, admin.ModelAdmin):
    """Shares with their reports, and the actions that answer them."""

    search_fields = ["id__exact", "session__title"]
    name_search_fields = ["session__owner__username"]

    def get_queryset(self, request):
        shares = super().get_queryset(request).select_related("session__owner", "snapshot")
        return shares.with_state().with_reports()

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    owner = person_column("session__owner")

    def view_on_site(self, share):
        return page_of(share)

    @admin.display(ordering="state")
    def state(self, share):
        return share.state

    @admin.display(description="reports", ordering="report_count")
    def waiting(self, share):
        return share.report_count


@admin.register(CommunityShare)
class CommunityShareAdmin(Moderates):
    actions = [
        *["feature", "unfeature", "hide", "hide_with_copies", "unhide", "dismiss"],
        *["withdraw", "share_again"],
    ]
    list_display = [
        *["id", "session", "owner", "state", "featured", "save_count", "waiting", "shared_at"],
        "allow_featuring",
    ]
    list_filter = [StateFilter, FeaturedFilter, "shared_at", "allow_saves", "allow_featuring"]
    ordering = ["-id"]

    @admin.display(description="home page", ordering="featured_place")
    def featured(self, share):
        return share.featured_place

    @admin.action(description="Feature on the home page", permissions=["change"])
    def feature(self, request, queryset):
        done = "Featured on the home page."
        self.do_to_each(request, queryset, recorded("featured", request, feature_share), done)

    @admin.action(description="Take off the home page", permissions=["change"])
    def unfeature(self, request, queryset):
        done = "Taken off the home page."
        self.do_to_each(request, queryset, recorded("unfeatured", request, unfeature_share), done)

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

    def has_save_permission(self, request):
        may_save = request.user.has_perm("community.save_for_others")
        return may_save and self.has_view_permission(request)

    def get_urls(self):
        save = path(
            "<int:pk>/save/",
            self.admin_site.admin_view(self.save_into_library),
            name="community_communityshare_save",
        )
        return [save, *super().get_urls()]

    def save_into_library(self, request, pk):
        if not self.has_save_permission(request):
            raise PermissionDenied
        share = self.get_object(request, str(pk))
        if share is None:
            raise Http404
        form = SaveForm(request.POST or None, actor=request.user)
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
        done = "Saved before by" if saved.reused else "Saved for"
        self.log_change(request, share, f"{done} {person}.")  # others may read that, by no name
        done = f"{done} {shown_name(person, viewer=request.user)}"
        address = reverse("admin:library_session_change", args=[saved.session_id])
        message = format_html('{}: <a href="{}">session {}</a>.', done, address, saved.session_id)
        self.message_user(request, message, messages.SUCCESS)


def recorded(event, request, deed):
    """The deed, and then a line of the security log."""

    def do(share):
        deed(share=share)
        owner = share.session.owner_id
        record(event, request, person=owner, staff=request.user.pk, share=share.pk)

    return do


class Queue(ChangeList):
    def get_queryset(self, request, **options):
        waiting = Report.objects.waiting().values("share")
        return super().get_queryset(request, **options).filter(pk__in=waiting)


@admin.register(ReportedShare)
class ReportedShareAdmin(Moderates):
    """The moderation queue: shares with unanswered reports, those with the most first. The page of
    a share can be opened whether it is reported or not.
    """

    actions = ["hide", "hide_with_copies", "dismiss"]
    list_display = ["session", "owner", "state", "waiting", "reasons", "since", "slides"]
    list_display_links = ["session"]
    list_per_page = 20
    show_full_result_count = False  # of all shares, reported or not

    def get_queryset(self, request):
        first_slides = SessionMedia.objects.all()[:SLIDES_IN_THE_QUEUE]
        waiting = Report.objects.waiting()
        return (
            super()
            .get_queryset(request)
            .prefetch_related(
                Prefetch("snapshot__media", first_slides, to_attr="first_slides"),
                Prefetch("reports", waiting, to_attr="waiting_reports"),
            )
            .order_by("-report_count", "first_report_at", "-id")
        )

    def get_changelist(self, request, **options):
        return Queue

    def reasons(self, share):
        counts = Counter(report.get_reason_display() for report in share.waiting_reports)
        return ", ".join(f"{reason} ({count})" for reason, count in counts.most_common())

    @admin.display(ordering="first_report_at")
    def since(self, share):
        return share.first_report_at

    def slides(self, share):
        return previews(share.snapshot.first_slides) if share.snapshot else "-"


@admin.register(Decision)
class DecisionAdmin(ShowsNames, ReadOnly, AsksWhy, admin.ModelAdmin):
    """What staff decided, also about shares that are deleted since."""

    actions = ["unhide"]
    list_display = [
        "created_at",
        "kind",
        "title",
        "community_session_id",
        "reason",
        "decided_by",
        "sentence",
        "note",
    ]
    list_filter = ["kind", "reason", "created_at"]
    list_select_related = ["actor"]
    ordering = ["-id"]
    search_fields = ["title", "sentence", "note", "community_session_id__exact"]
    name_search_fields = ["actor__username"]
    fields = [
        "created_at",
        "kind",
        "share",
        "community_session_id",
        "title",
        "reason",
        "sentence",
        "note",
        "decided_by",
        "reaches_copies",
        "cause",
    ]

    decided_by = person_column("actor")

    def view_on_site(self, decision):
        return decision.share and page_of(decision.share)

    def has_moderate_permission(self, request):
        return request.user.has_perm("community.change_communityshare")

    @admin.action(
        description="Unhide what was deleted, so that its copies can be shared",
        permissions=["moderate"],
    )
    def unhide(self, request, queryset):
        return self.ask_why(request, queryset, "unhide", unhide_by_decision)


def unhide_by_decision(decision, *, action, reason, **said):
    unhide_deleted(hidden=decision, **said)


admin.site.unregister(Session)


@admin.register(Session)
class SharedSessionAdmin(SessionAdmin):
    """Also knows where a session is shown: to the community, or else to those who have its link."""

    def view_on_site(self, session):
        share = CommunityShare.objects.filter(session=session).first()
        link = ShareLink.objects.filter(session=session).first()
        page = share and page_of(share)
        return page or (link and reverse("shared", args=[link.code]))
