"""The API's description of itself, and its version."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from joip.api.version import VersionView

SAFE = ["get", "head"]

urlpatterns = [
    path("version", VersionView.as_view()),
    path("schema", SpectacularAPIView.as_view(), name="schema"),
    path(
        "docs",
        SpectacularSwaggerView.as_view(url_name="schema", http_method_names=SAFE),
        name="docs",
    ),
]
