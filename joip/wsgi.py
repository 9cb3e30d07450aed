import os
from email.message import Message

from django.core.wsgi import get_wsgi_application

from joip.api.chunked_bodies import ChunkedBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "joip.settings")
django_application = ChunkedBodies(get_wsgi_application())


def application(environ, start_response):
    """Django's application, behind a check of the charset: Django fails on an unknown one before it
    can answer with an error.
    """
    header = Message()
    header["Content-Type"] = environ.get("CONTENT_TYPE", "")
    charset = header.get_param("charset", "utf-8")
    if not isinstance(charset, str) or charset.lower() != "utf-8":
        environ["CONTENT_TYPE"] = header.get_content_type()
    return django_application(environ, start_response)
