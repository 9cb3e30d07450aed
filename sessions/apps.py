from django.apps import AppConfig


class LibraryConfig(AppConfig):
    name = "sessions"
    label = "library"  # "sessions" is Django's own label
    verbose_name = "Library"
