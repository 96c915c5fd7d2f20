from django.urls import path

from inspections.views import exports

urlpatterns = [
    path("exports/<int:pk>/", exports.export_page, name="export"),
    path("exports/<slug:key>/", exports.export_new, name="export-new"),
]
