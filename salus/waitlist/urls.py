from django.urls import path

from salus.waitlist.views import offers, policies, wishes

app_name = "waitlist"
urlpatterns = [
    path("", wishes.waiting_list, name="list"),
    path("rows", wishes.rows, name="rows"),
    path("rules", policies.set_policy, name="policy"),
    path("of/<uuid:patient_id>", wishes.of_patient, name="of_patient"),
    path("join/<uuid:patient_id>", wishes.join_waiting_list, name="join"),
    path("join/<uuid:patient_id>/sooner/<uuid:appointment_id>", wishes.join_waiting_list, name="join_sooner"),
    path("<uuid:wish_id>/", wishes.show, name="show"),
    path("<uuid:wish_id>/priority", wishes.set_priority, name="set_priority"),
    path("<uuid:wish_id>/leave", wishes.leave_waiting_list, name="leave"),
    path("<uuid:wish_id>/offer", offers.offer_place, name="offer"),
    path("offers/<uuid:offer_id>/accept", offers.accept_offer, name="accept"),
    path("offers/<uuid:offer_id>/decline", offers.decline_offer, name="decline"),
]
