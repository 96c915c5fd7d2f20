"""Every route that answers without signing in: the open surface of the portal, one short list."""

from django.urls import include, path

from shuangjian import offline, site_map, views

urlpatterns = [
    path("", views.home, name="home"),
    path("sitemap/", site_map.sitemap_page, name="sitemap"),
    path("sitemap.xml", site_map.sitemap_xml, name="sitemap-xml"),
    path("accessibility/", site_map.accessibility, name="accessibility"),
    path("look/", views.switch_look, name="look"),
    path("offline/", offline.offline_page, name="offline"),
    path("offline-worker.js", offline.offline_worker, name="offline-worker"),
    path("field/phone/", offline.phone_page, name="phone"),
    path("outbox/", offline.phone_page, name="outbox"),
    path("app.webmanifest", offline.app_manifest, name="app-manifest"),
    path("", include("shuangjian.accounts.urls_public")),
    path("", include("shuangjian.policy.urls_public")),
    path("", include("inspections.urls_models_public")),
    path("", include("inspections.urls_surveys_public")),
    path("", include("inspections.urls_complaints_public")),
    path("", include("inspections.urls_experiences_public")),
    path("", include("inspections.urls_disclosures_public")),
    path("", include("inspections.urls_publicity_public")),
]
