from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.forms import BaseInlineFormSet
from django.template.response import TemplateResponse

from credits.forms import CreditsForm
from credits.models import CreditAccount, CreditTransaction, FeaturePricing
from credits.pricing import features_without_price
from joip.api.security_log import RecordsStaffDeeds, record
from joip.errors import Refusal
from joip.users.models import User
from joip.users.shown_names import ShowsNames, person_column, shown_name

RECENT_ROWS = 20


class ReadOnly:
    """For rows that staff may view only."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class GrantsCredits:
    """Adds the action "Grant or adjust credits" to a list of accounts or of people."""

    actions = ["grant_or_adjust"]

    def has_credits_permission(self, request):
        return request.user.has_perm("credits.change_creditaccount")

    @admin.action(description="Grant or adjust credits", permissions=["credits"])
    def grant_or_adjust(self, request, queryset):
        # An account has its person's id, so the ids of either list are those of people.
        people = User.objects.filter(pk__in=queryset.values("pk")).order_by("pk")
        form = CreditsForm(request.POST if "confirmed" in request.POST else None)
        if form.is_valid():
            for person in people:
                self.apply(form, person, request)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "Grant or adjust credits",
            "opts": self.opts,
            "form": form,
            "people": [
                {"person": person, "name": shown_name(person, viewer=request.user)}
                for person in people.select_related("credit_account")
            ],
            "checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/credits/grant_or_adjust.html", context)

    def apply(self, form, person, request):
        name = shown_name(person, viewer=request.user)
        try:
            row = form.apply_to(person, actor=request.user)
        except Refusal as refusal:
            self.message_user(request, f"{name}: {refusal}", messages.ERROR)
        else:
            what = {"kind": row.kind, "amount": row.amount, "staff": request.user.pk}
            record("credits-changed", request, person=person.pk, **what)
            done = f"{name}: {row.amount:+d} credits, {row.balance_after} now."
            self.message_user(request, done, messages.SUCCESS)


@admin.register(FeaturePricing)
class FeaturePricingAdmin(RecordsStaffDeeds, ShowsNames, admin.ModelAdmin):
    list_display = [
        "feature_key",
        "cost",
        "premium_only",
        "is_active",
        "meaning",
        "changed_by",
        "updated_at",
    ]
    list_filter = ["is_active", "premium_only"]
    list_select_related = ["updated_by"]
    ordering = ["feature_key"]
    search_fields = ["feature_key"]
    readonly_fields = ["changed_by", "updated_at"]

    changed_by = person_column("updated_by")

    def changelist_view(self, request, extra_context=None):
        if request.method == "GET":
            for feature in features_without_price():
                problem = f"{feature.value} has no active price, so it answers 503."
                self.message_user(request, problem, messages.WARNING)
        return super().changelist_view(request, extra_context)

    @admin.display(description="what it means now")
    def meaning(self, pricing):
        if not pricing.is_active:
            return "closed: answers 503"
        price = f"{pricing.cost} credits" if pricing.cost else "free"
        return f"{price}, for premium only" if pricing.premium_only else f"{price}, for everybody"

    def save_model(self, request, obj, form, change):
        obj.updated_by = request.user
        super().save_model(request, obj, form, change)


class NewestRows(BaseInlineFormSet):
    def get_queryset(self):
        if not hasattr(self, "_newest"):
            self._newest = super().get_queryset()[:RECENT_ROWS]
        return self._newest


class RecentRows(ShowsNames, ReadOnly, admin.TabularInline):
    model = CreditTransaction
    formset = NewestRows
    fields = readonly_fields = [
        "created_at",
        "kind",
        "amount",
        "balance_after",
        "feature_key",
        "reference",
        "done_by",
        "note",
    ]
    ordering = ["-id"]
    show_change_link = True
    verbose_name_plural = f"the newest {RECENT_ROWS} ledger rows"

    done_by = person_column("actor")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("actor")


@admin.register(CreditAccount)
class CreditAccountAdmin(RecordsStaffDeeds, GrantsCredits, ShowsNames, admin.ModelAdmin):
    """An account is created when it is first needed; the list of people has also those without."""

    is_about_people = True
    list_display = ["person", "balance", "premium_until"]
    list_filter = ["premium_until"]
    list_select_related = ["user"]
    ordering = ["pk"]
    search_fields = ["pk__exact"]
    name_search_fields = ["user__username", "user__display_name", "user__email"]
    fields = ["person", "balance", "premium_until"]
    readonly_fields = ["person", "balance"]
    inlines = [RecentRows]

    person = person_column("user", title="person")

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        # Not the balance: the person may be charged at this moment.
        obj.save(update_fields=["premium_until"])


@admin.register(CreditTransaction)
class CreditTransactionAdmin(ShowsNames, ReadOnly, admin.ModelAdmin):
    list_display = [
        "id",
        "created_at",
        "person",
        "kind",
        "amount",
        "balance_after",
        "feature_key",
        "reference",
        "done_by",
        "note",
    ]
    list_filter = ["kind", "feature_key", "created_at"]
    list_select_related = ["account__user", "actor"]
    ordering = ["-id"]
    search_fields = ["account__pk__exact", "reference", "note"]
    name_search_fields = ["account__user__username"]
    show_full_result_count = False
    fields = [
        "account",
        "kind",
        "amount",
        "balance_after",
        "feature_key",
        "reference",
        "reverses",
        "done_by",
        "note",
        "created_at",
    ]

    person = person_column("account__user", title="person")
    done_by = person_column("actor")
