from django.urls import path

from inspections.views import experiences

urlpatterns = [
    path("experiences/", experiences.experience_list, name="experiences"),
    path("experiences/new/<slug:kind>/", experiences.experience_new, name="experience-new"),
    path("experiences/<str:no>/", experiences.experience_page, name="experience"),
    path("experiences/<str:no>/<slug:move>/", experiences.experience_move, name="experience-move"),
]
