from django.urls import path

from salus.scheduling.views import absences, booking, day, feeds, moving, schedules

app_name = "scheduling"
urlpatterns = [
    path("", day.day, name="day"),
    path("to-move", moving.to_move, name="to_move"),
    path("to-move/all", moving.move_all, name="move_all"),
    path("to-move/<uuid:act_id>", moving.moved, name="moved"),
    path("to-move/<uuid:act_id>/back", moving.move_back, name="move_back"),
    path("of/<uuid:patient_id>", booking.of_patient, name="of_patient"),
    path("find/<uuid:patient_id>", booking.find, name="find"),
    path("book/<uuid:patient_id>", booking.book_appointment, name="book"),
    path("<uuid:appointment_id>/", booking.show, name="show"),
    path("<uuid:appointment_id>/move", booking.move_appointment, name="move"),
    path("<uuid:appointment_id>/cancel", booking.cancel_appointment, name="cancel"),
    path("<uuid:appointment_id>/check-in", day.check_in, name="check_in"),
    path("<uuid:appointment_id>/missed", day.mark_missed, name="missed"),
    path("calendar/<secret>.ics", feeds.calendar, name="calendar"),
    path("my-calendar", feeds.my_calendar, name="my_calendar"),
    path("my-calendar/make", feeds.make_feed, name="make_feed"),
    path("my-calendar/revoke", feeds.revoke_feed, name="revoke_feed"),
    path("schedules", schedules.schedule_list, name="schedules"),
    path("schedules/new", schedules.add_schedule, name="add_schedule"),
    path("schedules/<uuid:schedule_id>", schedules.schedule, name="schedule"),
    path("schedules/<uuid:schedule_id>/retire", schedules.retire_schedule, name="retire_schedule"),
    path("schedules/<uuid:schedule_id>/sessions/new", schedules.add_session, name="add_session"),
    path("schedules/<uuid:schedule_id>/absences/new", absences.record_absence, name="record_absence"),
    path("sessions/<uuid:pattern_id>", schedules.change_session, name="change_session"),
    path("sessions/<uuid:pattern_id>/end", schedules.end_session, name="end_session"),
    path("absences/<uuid:absence_id>/withdraw", absences.withdraw_absence, name="withdraw_absence"),
    path("holidays", absences.holidays, name="holidays"),
    path("holidays/<uuid:holiday_id>/withdraw", absences.withdraw_holiday, name="withdraw_holiday"),
]
