from django.urls import path

from salus.encounters import views

app_name = "encounters"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("start/<uuid:patient_id>", views.start_encounter, name="start"),
    path("of/<uuid:patient_id>", views.visits, name="visits"),
    path("<uuid:encounter_id>/", views.show, name="show"),
    path("<uuid:encounter_id>/move", views.move_encounter, name="move"),
]
