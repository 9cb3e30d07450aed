"""Text that people write and others read: names, titles, captions.

Invisible characters at its ends are dropped. What shows nothing then, or holds control
characters or direction overrides, is refused. The model fields apply this in every form, the
admin's included; `joip.api.serializers.VisibleTextField` does in the API.
"""

from typing import TYPE_CHECKING, Any

import regex
from django import forms
from django.core.exceptions import ValidationError
from django.db import models

if TYPE_CHECKING:  # fields are generic in their stubs only
    CharField = models.CharField[str, str]
    TextField = models.TextField[str, str]
else:
    CharField, TextField = models.CharField, models.TextField

# U+2800 is a Braille cell without dots. The signs that are taken out of Cf are drawn around the
# number that follows them.
SIGNS = r"[\u0600-\u0605\u06DD\u070F\u0890\u0891\u08E2\U000110BD\U000110CD]"
VISIBLE = rf"[^\p{{Default_Ignorable_Code_Point}}\p{{White_Space}}[\p{{Cf}}--{SIGNS}]\u2800]"
FIRST_VISIBLE = regex.compile(rf"(?V1){VISIBLE}")
LAST_VISIBLE = regex.compile(rf"(?V1r){VISIBLE}")

# Invisible characters at an end that change how the visible one before them is drawn: the
# presentation of an emoji, the letters of a flag, the variant of a character, the form of an
# Indic consonant or an Arabic letter.
SHAPES_THE_END = regex.compile(
    r"(?V1)(?<=[\p{Emoji}--\p{ASCII}])[\uFE0E\uFE0F]"
    r"|(?<=\U0001F3F4)[\U000E0020-\U000E007F]+"
    r"|(?<=\p{Han})[\uFE00-\uFE0F\U000E0100-\U000E01EF]"
    r"|(?<=\p{Mongolian})[\u180B-\u180D\u180F]"
    r"|(?<=\p{Canonical_Combining_Class=Virama})[\u200C\u200D]"
    r"|(?<=\p{Joining_Type=Dual_Joining})\u200D"
)

CONTROL = regex.compile(r"\p{Cc}")
CONTROL_BUT_NO_LINES = regex.compile(r"(?V1)[\p{Cc}--[\t\r\n]]")
DIRECTION_OVERRIDE = regex.compile(r"[\u202A-\u202E\u2066-\u2069]")


def visible_text(text: str, *, lines: bool = False) -> str:
    """The text without invisible characters at its ends. `lines` allows line breaks and tabs.

    White space alone becomes "": whether a text may be left out is for the field to say.
    Raises Django's ValidationError.
    """
    text = text.strip()
    if not text:
        return text
    first, last = FIRST_VISIBLE.search(text), LAST_VISIBLE.search(text)
    if not (first and last):
        raise ValidationError("None of its characters is visible.")
    shapes = SHAPES_THE_END.match(text, last.end())
    text = text[first.start() : shapes.end() if shapes else last.end()]
    if (CONTROL_BUT_NO_LINES if lines else CONTROL).search(text):
        raise ValidationError("Control characters are not allowed.")
    if DIRECTION_OVERRIDE.search(text):
        raise ValidationError("Characters that override the direction of text are not allowed.")
    return text


class VisibleTextFormField(forms.CharField):
    def __init__(self, *, lines: bool = False, **options: Any):
        super().__init__(**options)
        self.lines = lines

    def to_python(self, value: Any) -> str:
        return visible_text(super().to_python(value) or "", lines=self.lines)


class VisibleCharField(CharField):
    """One line of text that people see."""

    def formfield(self, **options: Any) -> forms.Field | None:
        return super().formfield(**{"form_class": VisibleTextFormField, **options})


class VisibleTextField(TextField):
    """Text that people see, in any number of lines."""

    def formfield(self, **options: Any) -> forms.Field | None:
        return super().formfield(**{"form_class": VisibleTextFormField, "lines": True, **options})
