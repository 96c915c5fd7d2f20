"""Every route that answers without signing in: the open surface of the portal, one short list."""

from django.urls import include, path

from shuangjian import views

urlpatterns = [
    path("", views.home, name="home"),
    path("look/", views.switch_look, name="look"),
    path("", include("shuangjian.accounts.urls_public")),
    path("", include("shuangjian.policy.urls_public")),
]
