from django.urls import path

from shuangjian.policy import views

urlpatterns = [path("plan/", views.plan_page, name="plan")]
