"""Which values the variables of the environment may have; `joip.settings` reads them."""

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


def one_origin_each(origins):
    for origin in origins:
        web_address(origin)
        if "*" in origin:
            raise ValidationError("Name each site: a wildcard would trust pages of any subdomain.")


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
