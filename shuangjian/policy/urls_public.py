from django.urls import path

from shuangjian.policy import views

urlpatterns = [
    path("rules/", views.rule_list, name="rules"),
    path("rules/<int:number>/", views.rule_page, name="rule"),
]
