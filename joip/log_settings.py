"""Django's LOGGING. Lines for people, or one JSON object a line for machines (LOG_FORMAT)."""

import logging
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

FORMATS = ["line", "json"]
OURS = ["joip", "credits", "sessions", "community"]

add_time = structlog.processors.TimeStamper(fmt="iso", utc=True)


def logging_settings(*, format: str, level: str) -> dict[str, Any]:  # noqa: A002  # the setting's word
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": line_formatter}, "json": {"()": json_formatter}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": format}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
            **{name: {"level": level} for name in OURS},
            "joip.security": {"level": "INFO"},  # see `joip.api.security_log`
            "joip.access": {"level": "INFO"},  # see `joip.api.request_log`
            "joip.accounts.mails": {"level": "INFO"},  # links in mails that nothing sends
            # It warns whenever a request waits for a thread.
            "waitress.queue": {"level": "ERROR"},
        },
    }


def line_formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.contextvars.merge_contextvars, about_record],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, line],
    )


def json_formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            about_record,
            structlog.stdlib.ExtraAdder(),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(default=str),
        ],
    )


def about_record(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    record: logging.LogRecord = event["_record"]
    event.update(level=record.levelname, logger=record.name)
    return add_time(logger, name, event)


def line(logger: WrappedLogger, name: str, event: EventDict) -> str:
    """As it always was, and at its end what the request or the job is about."""
    exception = structlog.processors.format_exc_info(logger, name, event).pop("exception", None)
    start = " ".join(str(event.pop(key)) for key in ("timestamp", "level", "logger", "event"))
    about = "".join(f" {key}={value}" for key, value in event.items())
    return f"{start}{about}" + (f"\n{exception}" if exception else "")
