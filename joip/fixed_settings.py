"""Settings that no variable changes; `joip.settings` takes them over."""

from pathlib import Path
from typing import Any

from joip import __version__

# Ours come first: of several models with one name, `manage.py shell` imports the first, and Django
# has a `Session` too.
INSTALLED_APPS = [
    "joip.operations",
    "joip.demo",
    "joip.pages",
    "joip.accounts",
    "community",
    "sessions",
    "credits",
    "joip.users",
    "joip.api_tokens",
    "joip.accounts.apps.JOIPAdminConfig",  # django.contrib.admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "joip.accounts.apps.OpenSignInsConfig",  # allauth.usersessions
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "corsheaders",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
MIDDLEWARE = [
    "joip.operations.probes.Probes",
    "joip.api.request_log.RequestLog",
    "corsheaders.middleware.CorsMiddleware",  # before all that may answer
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "joip.pages.static_files.CompressText",
    "joip.api.caching.no_store",
    "joip.api.rate_limits.RateLimitHeadersMiddleware",
    "joip.api.error_responses.JSONErrorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "joip.accounts.sign_ins.SignInMiddleware",
    "joip.api_tokens.authentication.people_by_token",
    "joip.api.rate_limits.RateLimitMiddleware",  # counts by person, so it comes after signing in
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "joip.pages.refusals.PageRefusals",
]
ROOT_URLCONF = "joip.urls"
WSGI_APPLICATION = "joip.wsgi.application"
APPEND_SLASH = False
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "joip.api_tokens.authentication.TokenAuthentication",
        "joip.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["joip.api.bodies.JSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "joip.api.bodies.ContentNegotiation",
    "URL_FORMAT_OVERRIDE": None,  # `format` is an unknown parameter like any other
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "joip.api.error_responses.answer_for_exception",
    # ASCII, since an error may quote input, and half a surrogate pair cannot be encoded in UTF-8.
    "UNICODE_JSON": False,
}
# The admin posts three fields for each slide of a session.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True  # no collectstatic step is needed
# What only our pages use, and only by versioned addresses, browsers keep for good.
WHITENOISE_IMMUTABLE_FILE_TEST = "^/static/(pages|django_htmx)/"
# What clients ask for at fixed addresses.
WHITENOISE_ROOT = Path(__file__).parent / "pages" / "root"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "joip.pages.context.header",
                "joip.demo.context.people",
            ]
        },
    }
]
CORS_URLS_REGEX = r"^/api/"
CORS_EXPOSE_HEADERS = [  # to scripts of other origins
    "Link",
    "Retry-After",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Total-Count",
]
SPECTACULAR_SETTINGS = {
    "TITLE": "JOIP",
    "DESCRIPTION": "Captioned media slideshows: a private library, a community, and saving.\n\n"
    "Programs send a personal token, which people make at `/account/tokens`, as "
    "`Authorization: Bearer joip_...`. A refusal has a `code` from `RefusalCode`, unless it is "
    "listed without; later versions may add codes.",
    "VERSION": __version__,
    "OAS_VERSION": "3.1.1",  # its schemas are JSON Schema
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/",
    "SCHEMA_COERCE_PATH_PK_SUFFIX": True,  # {media_pk} is {media_id}
    "CAMELIZE_NAMES": True,  # and then {mediaId}
    "COMPONENT_SPLIT_REQUEST": True,  # requests and answers may differ in what is required
    "DISABLE_DOCSTRING_DESCRIPTIONS": True,  # docstrings of serializers are for developers
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "joip.api.openapi.add_shapes",
    ],
}
_validators = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": f"{_validators}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username", "display_name", "email"]},
    },
    {"NAME": "joip.users.normal_forms.NormalLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_validators}.CommonPasswordValidator"},
    {"NAME": f"{_validators}.NumericPasswordValidator"},
    {"NAME": "joip.users.normal_forms.AllowedPasswordValidator"},
]
