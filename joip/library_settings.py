"""Settings of libraries that no variable changes; `joip.settings` takes them over."""

from joip import __version__

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
