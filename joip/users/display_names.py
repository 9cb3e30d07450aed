import re
import unicodedata

from django.core.exceptions import ValidationError


def check_display_name(name: str) -> None:
    """Raises ValidationError for what `User.public_name` gives to people without a name."""
    if re.fullmatch(r"member\s*\d+", unicodedata.normalize("NFKC", name).casefold()):
        raise ValidationError("“Member” and a number stands for people without a display name.")
