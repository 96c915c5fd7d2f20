from django.urls import path

from shuangjian.accounts import views, views_county

urlpatterns = [
    path("login/", views.SignInView.as_view(), name="login"),
    path("help/", views_county.help_page, name="help"),
]
