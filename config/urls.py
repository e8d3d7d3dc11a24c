"""The site map."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

import campaigns.urls
import crm.urls
from config import health
from config.api import router
from crm.workspaces.urls import accounts
from funnels import urls as funnels
from surveys import urls as surveys

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # one door, with its limits

handler404 = "crm.workspaces.refusing.not_found"
urlpatterns = [
    path("", include(accounts)),
    path("w/<slug:workspace>/", include(crm.urls.members)),
    path("w/<slug:workspace>/", include(campaigns.urls.members)),
    path("w/<slug:workspace>/", include((surveys.members, "surveys"))),
    path("w/<slug:workspace>/", include((funnels.members, "funnels"))),
    path("", include(crm.urls.public)),
    path("", include(campaigns.urls.public)),
    path("", include((surveys.public, "surveys_public"))),
    path("api/v1/", include(router.urls)),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("api/v1/docs/", SpectacularSwaggerView.as_view(url_name="api_schema"), name="api_docs"),
    path("operators/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
]

if settings.DEBUG:
    from config import components

    urlpatterns += components.urlpatterns
