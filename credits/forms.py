from django import forms

from credits.ledger import MAX_AMOUNT, adjust, grant

DEEDS = {"grant": grant, "adjust": adjust}


class CreditsForm(forms.Form):
    kind = forms.ChoiceField(
        choices=[("grant", "Grant: a gift or a purchase"), ("adjust", "Adjust: correct a balance")],
        widget=forms.RadioSelect,
        initial="grant",
    )
    amount = forms.IntegerField(
        min_value=-MAX_AMOUNT,
        max_value=MAX_AMOUNT,
        help_text="Credits for each person. A negative adjustment takes credits.",
    )
    note = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The reason. It stays in the ledger for good.",
    )

    def clean(self):
        amount = self.cleaned_data.get("amount")
        if amount is not None and amount < 1 and self.cleaned_data.get("kind") == "grant":
            self.add_error("amount", "A grant is 1 or more.")
        elif amount == 0:
            self.add_error("amount", "An adjustment by 0 changes nothing.")

    def apply_to(self, person, *, actor):
        asked = self.cleaned_data
        deed = DEEDS[asked["kind"]]
        return deed(user=person, amount=asked["amount"], note=asked["note"], actor=actor)
