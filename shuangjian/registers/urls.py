from django.urls import path

from shuangjian.registers import views

urlpatterns = [
    path("registers/", views.register_list, name="registers"),
    path("units/<str:code>/registers/", views.unit_registers, name="unit-registers"),
    path("units/<str:code>/registers/<slug:key>/", views.unit_register, name="unit-register"),
    path("units/<str:code>/registers/<slug:key>/edit/", views.register_edit, name="register-edit"),
]
