from django import forms


class SessionForm(forms.ModelForm):
    def clean_subreddits(self):
        names = self.cleaned_data["subreddits"] or []
        if not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
            raise forms.ValidationError('A list of names is needed, such as ["EarthPorn"].')
        return names
