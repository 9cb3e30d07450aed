"""The API's description of itself."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

SAFE = ["get", "head"]

urlpatterns = [
    path("schema", SpectacularAPIView.as_view(), name="schema"),
    path(
        "docs",
        SpectacularSwaggerView.as_view(url_name="schema", http_method_names=SAFE),
        name="docs",
    ),
]
