from django.urls import path

from salus.care.views import follow_ups, plans, referrals, treatments

app_name = "care"
urlpatterns = [
    path("referrals", referrals.worklist, name="referrals"),
    path("referrals/<uuid:referral_id>", referrals.show, name="referral"),
    path("referrals/<uuid:referral_id>/accept", referrals.accept_referral, name="accept_referral"),
    path("referrals/<uuid:referral_id>/decline", referrals.decline_referral, name="decline_referral"),
    path("referrals/<uuid:referral_id>/resend", referrals.resend_referral, name="resend_referral"),
    path("referrals/<uuid:referral_id>/seen", referrals.mark_seen, name="mark_seen"),
    path("referrals/<uuid:referral_id>/answer", referrals.answer_referral, name="answer_referral"),
    path("referrals/<uuid:referral_id>/close", referrals.acknowledge_referral, name="acknowledge_referral"),
    path("referrals/<uuid:referral_id>/cancel", referrals.cancel_referral, name="cancel_referral"),
    path("follow-ups", follow_ups.at_the_desk, name="follow_ups"),
    path("follow-ups/<uuid:follow_up_id>/cancel", follow_ups.cancel_follow_up, name="cancel_follow_up"),
    path("of/<uuid:patient_id>/follow-up", follow_ups.plan_follow_up, name="plan_follow_up"),
    path("of/<uuid:patient_id>", referrals.of_patient, name="of_patient"),
    path("sessions", treatments.sessions, name="sessions"),
    path("sessions/<uuid:course_session_id>/give", treatments.give_session, name="give_session"),
    path("sessions/<uuid:course_session_id>/skip", treatments.skip_session, name="skip_session"),
    path("treatments/<uuid:treatment_id>", treatments.show_treatment, name="treatment"),
    path("treatments/<uuid:treatment_id>/stop", treatments.stop_treatment, name="stop_treatment"),
    path("of/<uuid:patient_id>/treatment", treatments.start_treatment, name="start_treatment"),
    path("plans/<uuid:plan_id>", plans.show_plan, name="plan"),
    path("plans/<uuid:plan_id>/move", plans.move_plan, name="move_plan"),
    path("plans/<uuid:plan_id>/goals", plans.add_goal, name="add_goal"),
    path("plans/<uuid:plan_id>/activities", plans.add_activity, name="add_activity"),
    path("plans/<uuid:plan_id>/activities/<int:place>", plans.set_activity, name="set_activity"),
    path("goals/<uuid:goal_id>/achievement", plans.note_achievement, name="note_achievement"),
    path("team/<uuid:member_id>/end", plans.end_member, name="end_member"),
    path("of/<uuid:patient_id>/plan", plans.draft_plan, name="draft_plan"),
    path("of/<uuid:patient_id>/procedure", plans.record_procedure, name="record_procedure"),
    path("of/<uuid:patient_id>/team", plans.add_member, name="add_member"),
    path("of/<uuid:patient_id>/refer", referrals.send_referral, name="refer"),
    path("of/<uuid:patient_id>/referred", referrals.register_referral, name="register"),
]
