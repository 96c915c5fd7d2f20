from django.urls import path

from shuangjian.accounts import views

urlpatterns = [path("login/", views.SignInView.as_view(), name="login")]
