"""The log `joip.security`: who signed in, failed to or was held back, and what staff did to people
and their credits. One line each, `event=... person=... address=...`; `person` is the id of whom it
is about, `staff` that of who did it. Never a password, or a name that was tried.
"""

import logging

from django.utils.text import slugify

from joip.api.client_address import client_address

logger = logging.getLogger("joip.security")


def record(event: str, request, *, person: int | None = None, **details: object) -> None:
    fields = {"event": event, "person": person, "address": client_address(request), **details}
    logger.info(
        " ".join(f"{name}={'-' if value is None else value}" for name, value in fields.items()),
        extra=fields,
    )


class RecordsStaffDeeds:
    """For a ModelAdmin: what it adds, changes and deletes is recorded, by the names of fields."""

    is_about_people = False  # whether the id of a row is that of a person

    def log_addition(self, request, obj, message):
        self.record("added", request, obj, message)
        return super().log_addition(request, obj, message)

    def log_change(self, request, obj, message):
        self.record("changed", request, obj, message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request, queryset):
        for obj in queryset:
            self.record("deleted", request, obj, [])
        return super().log_deletions(request, queryset)

    def record(self, done, request, obj, message):
        """`message` is Django's description of a change. A sentence is about an action, which
        records itself.
        """
        if isinstance(message, str):
            return
        labels = [label for part in message for label in part.get("changed", {}).get("fields", [])]
        record(
            f"{self.opts.model_name}-{done}",
            request,
            person=obj.pk if self.is_about_people else None,
            id=obj.pk,
            staff=request.user.pk,
            fields=",".join(map(slugify, labels)) or None,
        )
