from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.widgets import AutocompleteSelect

from joip.users.models import User
from sessions.models import Session


class SaveForm(forms.Form):
    user = forms.ModelChoiceField(
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


class DecisionForm(ActionForm):
    note = forms.CharField(required=False, label="Why:", max_length=1000)
