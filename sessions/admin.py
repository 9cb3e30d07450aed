from django import forms
from django.contrib import admin, messages
from django.db import models
from django.urls import reverse
from django.utils.html import format_html

from joip.media.addresses import current_window
from joip.media.buckets import GENERAL
from joip.users.shown_names import ShowsNames, person_column
from sessions.categories import Category
from sessions.copying import FAILED, Outcome
from sessions.deletion import delete_session
from sessions.editing import edit_session, edit_slide
from sessions.forms import SessionForm
from sessions.media_serializers import thumbnail_of
from sessions.models import Session, SessionMedia
from sessions.queued_copies import resume


def preview(slide):
    """The thumbnail, which leads to the media; of external media, a link alone."""
    thumbnail = None if slide.external_url else thumbnail_of(slide, current_window())
    if thumbnail is None:
        text = f"{slide.media_type} elsewhere" if slide.external_url else slide.media_type
        return format_html('<a href="{}" rel="noreferrer">{}</a>', slide.url, text)
    return format_html(
        '<a href="{0}"><img src="{1}" alt="{2}" title="{2}" height="80" loading="lazy"></a>',
        slide.url,
        thumbnail,
        slide.caption,
    )


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ["name", "slug", "is_default"]
    ordering = ["name", "id"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}

    def view_on_site(self, category):
        return reverse("feed", query={"categorySlug": category.slug})

    def has_delete_permission(self, request, obj=None):
        # Its sessions would lose it, in one write to any number of rows, against the lock order.
        is_used = obj is None or Session.objects.filter(category=obj).exists()
        return not is_used and super().has_delete_permission(request, obj)


class SlideInline(admin.TabularInline):
    model = SessionMedia
    fields = ["preview", "caption", "order", "media_type", "is_thumbnail", "is_copied", "size"]
    readonly_fields = ["preview", "order", "media_type", "is_thumbnail", "is_copied", "size"]
    formfield_overrides = {
        models.TextField: {"widget": forms.Textarea(attrs={"rows": 3, "cols": 40})}
    }
    can_delete = False
    verbose_name_plural = "slides"

    def has_add_permission(self, request, obj):
        return False

    @admin.display(description="preview")
    def preview(self, slide):
        return preview(slide)

    @admin.display(description="copied", boolean=True)
    def is_copied(self, slide):
        return slide.bucket != GENERAL


ORIGIN_FIELDS = [
    "import_source",
    "import_url",
    "is_imported",
    "original_title",
    "creator",
]
COPY_FIELDS = [
    "media_status",
    "slides",
    "copied",
    "reads_from",
    "copy_attempt",
    "copy_takeovers",
    "copy_lease_expires_at",
    "charge",
    "charge_waived",
]


RESUMED = {
    Outcome.READY: ("resumed and complete", messages.SUCCESS),
    Outcome.FAILED: ("the media could not be copied, and the charge is refunded", messages.ERROR),
    Outcome.GONE: ("deleted in the meantime", messages.INFO),
    Outcome.LOST: ("another process goes on with it", messages.INFO),
    Outcome.POSTPONED: ("the clock of this server is wrong", messages.ERROR),
    Outcome.QUEUED: ("left to a worker", messages.INFO),
    None: ("nothing to resume", messages.INFO),
}


@admin.register(Session)
class SessionAdmin(ShowsNames, admin.ModelAdmin):
    form = SessionForm
    actions = ["resume"]
    list_display = [
        "title",
        "person",
        "media_status",
        "slides",
        "copied",
        "is_public",
        "import_source",
        "created_at",
    ]
    list_filter = ["media_status", "is_public", "is_favorite", "import_source", "category"]
    list_select_related = ["owner"]
    ordering = ["-id"]
    search_fields = ["title", "owner__pk__exact", "import_url"]
    name_search_fields = ["owner__username"]
    autocomplete_fields = ["category"]
    inlines = [SlideInline]
    fieldsets = [
        (None, {"fields": ["title", "person", "category", "is_public", "is_favorite"]}),
        (
            "Playing",
            {
                "fields": [
                    ("interval_min", "interval_max"),
                    "transition",
                    "is_manual_mode",
                    "subreddits",
                    "caption_theme",
                    "ai_prompt",
                ]
            },
        ),
        ("Where it came from", {"fields": ORIGIN_FIELDS}),
        (
            "Its copy",
            {
                "fields": COPY_FIELDS,
                "description": "Set by the copy engine. If the lease has expired, the process has "
                "died: resume the copy from the list. A failed copy is refunded; it begins again "
                "when its owner saves the same session again.",
            },
        ),
        ("Times", {"fields": ["created_at", "updated_at"]}),
    ]
    readonly_fields = [
        "person",
        *ORIGIN_FIELDS,
        *COPY_FIELDS,
        "created_at",
        "updated_at",
    ]

    def get_queryset(self, request):
        # Snapshots are shown with their share.
        return super().get_queryset(request).owned().with_media_counts()

    def has_add_permission(self, request):
        return False

    @admin.display(ordering="media_count")
    def slides(self, session):
        return session.media_count

    @admin.display(ordering="media_copied")
    def copied(self, session):
        return session.media_copied

    person = person_column("owner")

    @admin.display(description="original author")
    def creator(self, session):
        return session.original_author if session.names_are_shown else "-"

    def reads_from(self, session):
        if session.copied_from_id:
            return f"snapshot {session.copied_from_id}"
        return "nothing: it is gone" if session.media_status == FAILED else "-"

    @admin.action(description="Resume the copy", permissions=["change"])
    def resume(self, request, queryset):
        for session in queryset:
            said, level = RESUMED[resume(session=session)]
            self.message_user(request, f"{session}: {said}.", level)

    def save_model(self, request, obj, form, change):
        # Only what was edited: a copy may be under way, and owns the rest of the row.
        edit_session(session=obj, **{name: form.cleaned_data[name] for name in form.changed_data})

    def save_formset(self, request, form, formset, change):
        for slide in formset.save(commit=False):
            edit_slide(slide=slide, caption=slide.caption)

    def get_deleted_objects(self, objs, request):
        # Permission to delete a session includes its slides and its share. The share's own admin
        # allows no deletion, since a share alone is withdrawn or hidden instead.
        to_delete, model_count, _, protected = super().get_deleted_objects(objs, request)
        return to_delete, model_count, set(), protected

    def delete_model(self, request, obj):
        delete_session(session=obj)

    def delete_queryset(self, request, queryset):
        for session in queryset:
            delete_session(session=session)
