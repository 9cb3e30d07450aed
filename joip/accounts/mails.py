"""Sending mail: after commit, and with a refusal where the mail server cannot be reached."""

import logging
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string

from joip.accounts.attempts import add_attempt, count_to, key_of
from joip.api.client_address import client_network
from joip.errors import Refusal

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 3600
MAX_MAILS_TO_ONE_ADDRESS = 5  # in a window


class MailNotSent(Refusal):
    status = 503
    retry_after = 60
    body = {
        "error": "The mail server cannot be reached at the moment, please try again later",
        "code": "MAIL_NOT_SENT",
    }


class LogBackend(BaseEmailBackend):
    """EMAIL_BACKEND where no mail server is set up: operators read the links in the log."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        for message in messages:
            logger.info("mail to %s: %s\n%s", *message.to, message.subject, message.body)
        return len(messages)


def count_mail(request: HttpRequest) -> None:
    """Refuse more than RATE_LIMIT_SIGNUPS requests for a mail in an hour from one client."""
    if limit := settings.RATE_LIMIT_SIGNUPS:
        client = key_of("mails", client_network(request))
        count_to(limit, request, key=client, seconds=WINDOW_SECONDS, person=request.user.pk)


def send_mail(*, to: str | None, template: str, **context: Any) -> None:
    """The first line of the template is the subject. Without `to`, the mail server is asked all the
    same, so that neither the time of an answer nor an error tells that nobody has an address.
    """
    messages: list[EmailMessage] = []
    if to and has_mails_left(to):
        text = render_to_string(f"mails/{template}.txt", {"email": to, **context})
        subject, _, body = text.partition("\n")
        messages.append(EmailMessage(subject, body.strip() + "\n", to=[to]))
    transaction.on_commit(lambda: deliver(messages))


def deliver(messages: list[EmailMessage]) -> None:
    try:
        with get_connection() as connection:
            connection.send_messages(messages)
    except OSError as error:  # smtplib's errors are of this kind too
        logger.error("mail not sent: %s", " ".join(str(error).split()))
        raise MailNotSent from None


def has_mails_left(address: str) -> bool:
    sent = add_attempt(key_of("mails to", address), seconds=WINDOW_SECONDS)
    return sent.attempts <= MAX_MAILS_TO_ONE_ADDRESS
