from django.urls import path

from salus.payments import views

app_name = "payments"
urlpatterns = [
    path("", views.worklist, name="worklist"),
    path("hooks/<slug:gateway>", views.hear, name="hear"),
    path("demonstration/<uuid:reference>", views.pretended, name="pretended"),
    path("demonstration/<uuid:reference>/pay", views.pretend, name="pretend"),
]
