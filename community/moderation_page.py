"""Decisions in the admin: on a page with all there is to see of a share, and from its list."""

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from community.forms import DecisionForm
from community.models import CommunityShare, Decision
from community.moderation import dismiss_reports, hide_share, unhide_share
from joip.errors import Refusal
from joip.media.addresses import current_window
from sessions.media_serializers import thumbnail_of

MAX_COPIES = 200  # on the page of a share

DONE = {
    "hide": "Hidden.",
    "hide_with_copies": "Hidden, with the shares of its copies.",
    "unhide": "Unhidden.",
    "dismiss": "Reports dismissed.",
}


def carry_out(share, *, action, reason, **said):
    if action == "unhide":
        unhide_share(share=share, **said)
    elif action == "dismiss":
        dismiss_reports(share=share, **said)
    else:
        reaches_copies = action == "hide_with_copies"
        hide_share(share=share, reason=reason, reaches_copies=reaches_copies, **said)


class AsksWhy:
    """For a ModelAdmin: actions that ask for a reason first."""

    def ask_why(self, request, rows, action, deed=carry_out):
        """A page with the rows that were chosen in the list. It comes again, with the same rows,
        while the reason is missing.
        """
        is_sent = "sentence" in request.POST
        form = DecisionForm(request.POST if is_sent else None, initial={"action": action})
        if form.is_valid():
            self.decide(request, rows, form, deed)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": DecisionForm.ACTIONS[action],
            "opts": self.opts,
            "form": form,
            "rows": rows,
            "checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/community/ask_why.html", context)

    def decide(self, request, rows, form, deed=carry_out):
        said = form.cleaned_data | {"actor": request.user}
        self.do_to_each(request, rows, lambda row: deed(row, **said), DONE[said["action"]])

    def do_to_each(self, request, rows, deed, done):
        for row in rows:
            try:
                deed(row)
            except Refusal as refusal:
                self.message_user(request, f"{row}: {refusal}", messages.ERROR)
            else:
                self.log_change(request, row, done)
                self.message_user(request, f"{row}: {done}", messages.SUCCESS)


class ModerationPage(AsksWhy):
    """For a ModelAdmin of shares: a page with all there is to see, and what to decide."""

    @admin.action(description="Hide from the community", permissions=["change"])
    def hide(self, request, queryset):
        return self.ask_why(request, queryset, "hide")

    @admin.action(description="Hide, with the shares of its copies", permissions=["change"])
    def hide_with_copies(self, request, queryset):
        return self.ask_why(request, queryset, "hide_with_copies")

    @admin.action(description="Unhide", permissions=["change"])
    def unhide(self, request, queryset):
        return self.ask_why(request, queryset, "unhide")

    @admin.action(description="Dismiss the reports", permissions=["change"])
    def dismiss(self, request, queryset):
        return self.ask_why(request, queryset, "dismiss")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        share = self.get_object(request, unquote(object_id))
        if share is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, share):
            raise PermissionDenied
        may_decide = self.has_change_permission(request)
        form = DecisionForm(request.POST or None)
        if request.method == "POST":
            if not may_decide:
                raise PermissionDenied
            if form.is_valid():
                self.decide(request, [share], form)
                return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        context = {
            **self.admin_site.each_context(request),
            **tables_of(share),
            "title": str(share),
            "opts": self.opts,
            "original": share,
            "absolute_url": self.get_view_on_site_url(share),
            "form": form,
            "actions": actions_for(share) if may_decide else {},
            "change_page": f"admin:{self.opts.app_label}_{self.opts.model_name}_change",
        }
        return TemplateResponse(request, "admin/community/share.html", context)


def actions_for(share):
    """The buttons that make sense."""
    names = ["hide", "hide_with_copies"]
    if share.hidden_at:
        names.append("unhide")
    if share.report_count:
        names.append("dismiss")
    return {name: DecisionForm.ACTIONS[name] for name in names}


def tables_of(share):
    reports = share.reports.select_related("reporter", "decision").order_by("-pk")
    decisions = Decision.objects.filter(community_session_id=share.pk)
    copies = CommunityShare.objects.made_from(share.pk).with_state()
    return {
        "slides": slides_of(share.snapshot) if share.snapshot else [],
        "reports": reports,
        "decisions": decisions.select_related("actor", "cause").order_by("-pk"),
        "copies": copies.select_related("session__owner").order_by("-pk")[:MAX_COPIES],
        "copy_count": copies.count(),
        "origins": origins_of(share),
    }


def slides_of(snapshot):
    window = current_window()
    for slide in snapshot.media.all():
        # What lies elsewhere is not loaded: its host would see who looks at it.
        yield {
            "slide": slide,
            "address": slide.url_in(window),
            "thumbnail": None if slide.external_url else thumbnail_of(slide, window),
        }


def origins_of(share):
    origins = share.session.origins.order_by("-community_session_id")
    hidden = set(origins.hidden().values_list("pk", flat=True))
    ids = [origin.community_session_id for origin in origins]
    shares = CommunityShare.objects.select_related("session").in_bulk(ids)
    return [
        {
            "id": origin.community_session_id,
            "share": shares.get(origin.community_session_id),
            "is_hidden": origin.pk in hidden,
        }
        for origin in origins
    ]
