from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect

from community.models import Reason
from joip.users.models import User
from joip.users.shown_names import may_see_names
from sessions.models import Session


class PersonField(forms.ModelChoiceField):
    def label_from_instance(self, person):
        return person.username


class SaveForm(forms.Form):
    user = PersonField(
        User.objects.filter(is_active=True),
        # The widget needs a foreign key that points at what it searches: at people.
        widget=AutocompleteSelect(Session._meta.get_field("owner"), admin.site),
        label="Person",
        help_text="Gets the copy, and pays for it unless credits are waived.",
    )
    waive_credits = forms.BooleanField(
        required=False,
        help_text="Nobody pays. The feature must still have a price and be allowed for the person.",
    )

    def __init__(self, *args, actor, **kwargs):
        super().__init__(*args, **kwargs)
        if not may_see_names(actor):
            self.fields["user"].widget = forms.NumberInput()
            self.fields["user"].help_text = "The person's number. They get the copy and pay for it."
        if not actor.has_perm("credits.change_creditaccount"):
            del self.fields["waive_credits"]


class DecisionForm(forms.Form):
    """Why staff decide something; the button that was pressed says what."""

    ACTIONS = {
        "hide": "Hide",
        "hide_with_copies": "Hide, with the shares of its copies",
        "unhide": "Unhide",
        "dismiss": "Dismiss the reports",
    }

    action = forms.ChoiceField(choices=ACTIONS, widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        choices=[("", "---------"), *Reason.choices],
        required=False,
        help_text="Needed to hide something. The author sees it.",
    )
    sentence = forms.CharField(
        label="Why",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        error_messages={"required": "Say why."},
        help_text="If something is hidden or unhidden, the author sees this, but not your name.",
    )
    note = forms.CharField(required=False, max_length=1000, help_text="For staff alone.")

    def clean(self):
        said = super().clean()
        if said.get("action", "").startswith("hide") and not said.get("reason"):
            self.add_error("reason", "Choose a reason.")
        return said
