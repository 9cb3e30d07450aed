from django.contrib import admin
from django.urls import include, path

handler500 = "joip.api.error_responses.server_error"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("media/", include("joip.media.urls")),
    path("api/", include("joip.api.urls")),
    path("api/", include("joip.accounts.urls")),
    path("api/", include("credits.urls")),
    path("api/", include("sessions.urls")),
    path("api/", include("community.urls")),
    path("", include("joip.pages.urls")),
]
