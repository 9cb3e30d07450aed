"""Request bodies are JSON or a form; answers are JSON, whatever the client prefers."""

from rest_framework import exceptions, negotiation, parsers

from joip.errors import Refusal


class BodyTooLarge(Refusal):
    status = 413
    body = {"message": "The request body is too large", "code": "BODY_TOO_LARGE"}


class UnsupportedMediaType(Refusal):
    status = 415
    body = {
        "message": 'Unsupported media type "text/plain" in request.',
        "code": "UNSUPPORTED_MEDIA_TYPE",
    }


class JSONParser(parsers.JSONParser):
    def parse(self, stream, media_type=None, parser_context=None):
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise exceptions.ParseError("JSON parse error - nested too deeply") from None


class ContentNegotiation(negotiation.DefaultContentNegotiation):
    def select_renderer(self, request, renderers, format_suffix=None):
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except exceptions.NotAcceptable:
            return renderers[0], renderers[0].media_type  # JSON, also for clients that accept none
