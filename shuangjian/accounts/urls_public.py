from django.urls import path

from shuangjian.accounts import views, views_county, views_slips

urlpatterns = [
    path("login/", views.SignInView.as_view(), name="login"),
    path("activate/", views_slips.activate, name="activate"),
    path("help/", views_county.help_page, name="help"),
]
