from django.urls import path

from inspections.views import imports

urlpatterns = [
    path("imports/", imports.import_list, name="imports"),
    path("imports/<int:pk>/", imports.import_page, name="import"),
    path("imports/<slug:what>/", imports.import_new, name="import-new"),
    path("imports/<slug:what>/template/", imports.import_template, name="import-template"),
]
