from django.urls import path

from salus.queues.views import arrivals, boards, managing, tokens, walls

app_name = "queues"
urlpatterns = [
    path("", boards.queues, name="queues"),
    path("mine", boards.my_queue, name="mine"),
    path("of/<uuid:department_id>", boards.board, name="board"),
    path("of/<uuid:department_id>/next", boards.call_next, name="call_next"),
    path("of/<uuid:department_id>/sit", boards.open_station, name="open_station"),
    path("of/<uuid:department_id>/leave", boards.close_station, name="close_station"),
    path("of/<uuid:department_id>/give", tokens.issue_token, name="issue_token"),
    path("tokens/<uuid:token_id>", tokens.token, name="token"),
    path("tokens/<uuid:token_id>/call", tokens.call_token, name="call_token"),
    path("tokens/<uuid:token_id>/recall", tokens.recall_token, name="recall_token"),
    path("tokens/<uuid:token_id>/start", tokens.start_token, name="start_token"),
    path("tokens/<uuid:token_id>/done", tokens.finish_token, name="finish_token"),
    path("tokens/<uuid:token_id>/missed", tokens.miss_token, name="miss_token"),
    path("tokens/<uuid:token_id>/back", tokens.return_token, name="return_token"),
    path("tokens/<uuid:token_id>/left", tokens.leave_token, name="leave_token"),
    path("tokens/<uuid:token_id>/send", tokens.transfer_token, name="transfer_token"),
    path("tokens/<uuid:token_id>/category", tokens.categorize_token, name="categorize_token"),
    path("tokens/<uuid:token_id>/before", tokens.put_before, name="put_before"),
    path("tokens/<uuid:token_id>/identity", arrivals.confirm_identity, name="confirm_identity"),
    path("tokens/<uuid:token_id>/slip", arrivals.slip, name="slip"),
    path("scan", arrivals.scan, name="scan"),
    path("kiosk", arrivals.kiosk, name="kiosk"),
    path("visits/<uuid:encounter_id>", arrivals.of_visit, name="of_visit"),
    path("appointments/<uuid:appointment_id>/check-in", arrivals.check_in_booked, name="check_in_booked"),
    path("appointments/<uuid:appointment_id>/confirmation", arrivals.confirmation, name="confirmation"),
    path("wall/<uuid:department_id>", walls.wall, name="wall"),
    path("manage", managing.manage, name="manage"),
    path("manage/open", managing.open_queue, name="open_queue"),
    path("manage/<uuid:queue_id>/retire", managing.retire_queue, name="retire_queue"),
    path("manage/of/<uuid:department_id>/wall", managing.set_display, name="set_display"),
]
