from django.urls import path

from shuangjian.files import views, views_resumable

urlpatterns = [
    path("files/<int:file_id>/", views.file, name="file"),
    path("files/<int:file_id>/original/", views.original, name="file-original"),
    path("uploads/", views_resumable.uploads, name="uploads"),
    path("uploads/<uuid:upload_id>/", views_resumable.upload, name="upload"),
]
