import unicodedata

import regex
from django.core.exceptions import ValidationError


def check_display_name(name: str) -> None:
    """Raises ValidationError for what `User.public_name` gives to people without a name."""
    shown = regex.sub(r"[\p{Default_Ignorable_Code_Point}\p{Cf}]", "", name)
    if regex.fullmatch(r"member\s*\d+", unicodedata.normalize("NFKC", shown).casefold()):
        raise ValidationError("“Member” and a number stands for people without a display name.")
