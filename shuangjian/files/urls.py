from django.urls import path

from shuangjian.files import views

urlpatterns = [
    path("files/<int:file_id>/", views.file, name="file"),
]
