from django.urls import path

from inspections.views import suggestions

urlpatterns = [
    path("suggestions/", suggestions.suggestion_list, name="suggestions"),
    path("suggestions/new/", suggestions.suggestion_new, name="suggestion-new"),
    path("suggestions/<str:no>/", suggestions.suggestion_page, name="suggestion"),
    path("suggestions/<str:no>/answer/", suggestions.suggestion_answer, name="suggestion-answer"),
]
