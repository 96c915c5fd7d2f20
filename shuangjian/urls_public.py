"""Every route that answers without signing in: the open surface of the portal, one short list."""

from django.urls import include, path

from shuangjian import offline, views

urlpatterns = [
    path("", views.home, name="home"),
    path("look/", views.switch_look, name="look"),
    path("offline/", offline.offline_page, name="offline"),
    path("offline-worker.js", offline.offline_worker, name="offline-worker"),
    path("field/phone/", offline.phone_page, name="phone"),
    path("outbox/", offline.phone_page, name="outbox"),
    path("app.webmanifest", offline.app_manifest, name="app-manifest"),
    path("", include("shuangjian.accounts.urls_public")),
    path("", include("shuangjian.policy.urls_public")),
    path("", include("inspections.urls_models_public")),
]
