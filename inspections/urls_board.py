from django.urls import path

from inspections.views import board

urlpatterns = [
    path("board/", board.board_page, name="board"),
    path("board/table/", board.table, name="board-table"),
    path("board/county/", board.county, name="board-county"),
    path("board/page/", board.one_page, name="board-page"),
    path("board/<str:code>/<int:number>/", board.cell, name="board-cell"),
]
