"""Which values the variables of the environment may have; `joip.settings` reads them."""

import re

from environs import ValidationError, validate

MIN_KEY_LENGTH = 50

AT_LEAST_ZERO = validate.Range(min=0)
AT_LEAST_ONE = validate.Range(min=1)

# Needs no quotes in SQL.
A_SCHEMA = validate.Regexp(
    r"((?!pg_)[a-z_][a-z0-9_]{0,62})?\Z", error="Not a plain lower-case name."
)


def long_keys(*keys):
    if any(len(key) < MIN_KEY_LENGTH for key in keys):  # that of DEBUG is shorter
        raise ValidationError(f"Must be {MIN_KEY_LENGTH} or more random characters.")


def web_address(value):
    if value and not value.startswith(("http://", "https://")):
        raise ValidationError("Must begin with http:// or https://.")


def mail_server(value):
    if value and not value.startswith(("smtp://", "submission://")):
        raise ValidationError("Must begin with smtp:// or submission://.")


# As browsers write it: they leave out the port of the scheme.
ORIGIN = re.compile(
    r"(?!http:.*:80$|https:.*:443$)https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?"
)


def one_origin_each(origins):
    for origin in origins:
        if "*" in origin:
            raise ValidationError("Name each site: a wildcard would trust pages of any subdomain.")
        if not ORIGIN.fullmatch(origin):
            raise ValidationError(
                f"{origin} is no origin. Write it like https://app.example.org: http:// or "
                "https://, a host in lower case, a port unless it is the usual one, and no path."
            )


def redis_address(value):
    if value:
        from redis.connection import parse_url  # takes 0.1 s

        try:
            parse_url(value)
        except ValueError as error:
            raise ValidationError(str(error)) from None


def no_short_token(token):
    if token and len(token) < 20:
        raise ValidationError("Must be 20 or more random characters.")


def a_folder_of_addresses(value):
    if value and not (value.startswith("/") and value.endswith("/")):
        raise ValidationError("Must begin and end with a slash, such as /protected/.")
