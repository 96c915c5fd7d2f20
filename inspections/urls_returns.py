from django.urls import path

from inspections.views import return_templates, returns, statistics

urlpatterns = [
    path("returns/", returns.return_list, name="returns"),
    path("returns/statistics/", statistics.statistic_list, name="statistics"),
    path("returns/statistics/new/", statistics.statistic_new, name="statistic-new"),
    path("returns/statistics/<str:code>/", statistics.statistic_page, name="statistic"),
    path("returns/statistics/<str:code>/end/", statistics.statistic_end, name="statistic-end"),
    path("returns/templates/", return_templates.template_list, name="return-templates"),
    path("returns/templates/new/", return_templates.template_new, name="return-template-new"),
    path("returns/templates/ship/", return_templates.template_ship, name="return-template-ship"),
    path("returns/templates/<int:pk>/", return_templates.template_page, name="return-template"),
    path(
        "returns/templates/<int:pk>/cells/<int:sheet>/<str:place>/",
        return_templates.template_cell,
        name="return-template-cell",
    ),
    path(
        "returns/templates/<int:pk>/<slug:move>/", return_templates.template_move, name="return-template-move"
    ),
    path("returns/<str:no>/", returns.return_page, name="return"),
    path("returns/<str:no>/fill/", returns.return_fill, name="return-fill"),
    path("returns/<str:no>/workbook/", returns.return_workbook, name="return-workbook"),
    path("returns/<str:no>/data/<slug:kind>/", returns.return_data, name="return-data"),
    path("returns/<str:no>/<slug:move>/", returns.return_move, name="return-move"),
]
