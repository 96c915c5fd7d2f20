from django.urls import path

from shuangjian.accounts import views

urlpatterns = [
    path("logout/", views.sign_out, name="logout"),
    path("me/", views.me, name="me"),
    path("me/password/", views.change_password, name="me-password"),
]
