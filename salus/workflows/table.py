"""The one page that tells what follows what, and what happens by the clock. `salus what-follows FACT` prints a line."""

from typing import Any

from salus.accounts import facts as accounts
from salus.accounts import jobs as account_jobs
from salus.audit import facts as audit
from salus.audit import jobs as audit_jobs
from salus.billing import facts as billing
from salus.care import facts as care
from salus.catalog import facts as catalog
from salus.chart import facts as chart
from salus.core import jobs as core_jobs
from salus.core.consequences import Then
from salus.core.facts import Fact
from salus.coverage import facts as coverage
from salus.encounters import facts as encounters
from salus.fhir import facts as fhir
from salus.inbox import facts as inbox
from salus.inbox import jobs as inbox_jobs
from salus.inventory import facts as inventory
from salus.lab import facts as lab
from salus.messaging import facts as messaging
from salus.messaging import jobs as messaging_jobs
from salus.orders import facts as orders
from salus.patients import facts as patients
from salus.payments import facts as payments
from salus.payments import jobs as payment_jobs
from salus.pharmacy import facts as pharmacy
from salus.places import facts as places
from salus.portal import facts as portal
from salus.portal import jobs as portal_jobs
from salus.questionnaires import facts as questionnaires
from salus.queues import facts as queues
from salus.queues import jobs as queue_jobs
from salus.reports import jobs as report_jobs
from salus.safety import facts as safety
from salus.scheduling import facts as scheduling
from salus.scheduling import jobs as scheduling_jobs
from salus.staff import facts as staff
from salus.waitlist import facts as waitlist
from salus.waitlist import jobs as waitlist_jobs
from salus.workflows import (
    alerting,
    arriving,
    caring,
    charging,
    checking,
    entering,
    filing,
    fulfilling,
    queueing,
    referring,
    tasking,
    telling,
    waiting,
)
from salus.workflows import jobs as workflow_jobs

WHEN: dict[type[Fact], Then] = {
    patients.PatientRegistered: Then(),
    patients.PatientUpdated: Then(later=(arriving.cancel_for_death,)),
    patients.CareRelationStarted: Then(),
    patients.PatientReferred: Then(),
    patients.PatientProtected: Then(),
    patients.ConsentRecorded: Then(),
    patients.ConsentWithdrawn: Then(),
    patients.SensitiveCodeChanged: Then(),
    # The privacy officer's worklist reads the row itself: it is there in the moment in which the glass breaks.
    patients.GlassBroken: Then(),
    patients.GlassEnded: Then(),
    patients.GlassReviewed: Then(),
    coverage.CoverageRecorded: Then(),
    coverage.CoverageChanged: Then(),
    # At once: without the relation those to whom the patient comes could not open the record.
    encounters.EncounterStarted: Then(
        now=(caring.relate_the_team, queueing.give_a_number),
        later=(
            *(charging.charge_for_visit, arriving.meet_the_appointment, referring.follow_the_visit),
            tasking.ask_about_allergies,
        ),
    ),
    encounters.EncounterMoved: Then(
        now=(caring.relate_who_calls, queueing.move_with_the_visit),
        later=(arriving.await_again, charging.drop_what_came_to_nothing),
    ),
    encounters.EncounterFinished: Then(
        now=(queueing.end_the_number,),
        later=(caring.end_with_the_visit, arriving.fulfil_the_appointment, tasking.ask_no_more_about_allergies),
    ),
    scheduling.ScheduleChanged: Then(later=(waiting.follow_the_plan,)),
    scheduling.HolidayChanged: Then(later=(waiting.follow_the_plan,)),
    # Whom the patient will see may prepare for it, a week ahead.
    scheduling.AppointmentBooked: Then(
        later=(
            *(caring.relate_who_awaits, waiting.note_who_is_booked, telling.confirm_the_appointment),
            referring.follow_the_appointment,
        )
    ),
    scheduling.AppointmentMoved: Then(
        later=(
            *(caring.relate_who_awaits_now, waiting.note_who_is_booked, waiting.offer_what_is_free),
            *(telling.tell_the_new_time, referring.follow_the_new_time),
        )
    ),
    scheduling.AppointmentCancelled: Then(
        later=(
            *(caring.end_with_the_appointment, waiting.offer_what_is_free, telling.tell_of_the_end),
            referring.wait_for_another_time,
        )
    ),
    scheduling.AppointmentMissed: Then(later=(referring.wait_for_another_time,)),
    scheduling.CalendarFeedChanged: Then(),
    scheduling.PatientArrived: Then(
        now=(queueing.call_by_the_appointment, caring.relate_whom_else), later=(charging.charge_for_second_appointment,)
    ),
    scheduling.AppointmentFulfilled: Then(),
    waitlist.WaitingListJoined: Then(later=(waiting.offer_what_is_free,)),
    waitlist.PriorityChanged: Then(),
    waitlist.PlaceOffered: Then(later=(telling.offer_the_place,)),
    # Who said yes on the telephone is not asked by a message that quiet hours held back.
    waitlist.OfferAccepted: Then(later=(telling.take_the_offer_back,)),
    # What was not wanted goes to the next; what lapsed is passed on by the clock that found it.
    waitlist.OfferDeclined: Then(later=(waiting.offer_what_is_free, telling.take_the_offer_back)),
    waitlist.OfferLapsed: Then(later=(telling.take_the_offer_back,)),
    waitlist.OfferWithdrawn: Then(later=(telling.take_the_offer_back,)),
    waitlist.WaitingListLeft: Then(),
    queues.QueueChanged: Then(),
    queues.StationChanged: Then(),
    queues.TokenIssued: Then(),
    queues.TokenCalled: Then(),
    queues.TokenMoved: Then(),
    # At once: those to whom the patient is sent could not begin a visit that they may not see.
    queues.TokenTransferred: Then(now=(caring.relate_where_sent,)),
    queues.TokenOrdered: Then(),
    queues.IdentityConfirmed: Then(),
    queues.CheckInRefused: Then(),
    chart.VitalsRecorded: Then(now=(caring.triage_after_vitals,)),
    chart.ConditionRecorded: Then(later=(checking.recheck_for_problems,)),
    chart.ConditionChanged: Then(later=(checking.recheck_for_problems,)),
    chart.ConditionsOrdered: Then(),
    chart.FavouriteChanged: Then(),
    chart.AllergyRecorded: Then(now=(checking.recheck_orders,), later=(tasking.note_that_allergies_are_known,)),
    chart.AllergyChanged: Then(now=(checking.recheck_orders,)),
    chart.NoteSigned: Then(later=(checking.recheck_for_problems,)),
    # What was written about it, and is to be done, is marked by the database in the same statement (inbox, `carry_labels`).
    chart.EntryLabelled: Then(),
    chart.NoteVoided: Then(later=(tasking.end_what_was_voided,)),
    chart.CosignAsked: Then(later=(tasking.ask_to_cosign,)),
    chart.NoteCosigned: Then(later=(tasking.end_what_was_cosigned,)),
    chart.LetterSigned: Then(later=(filing.file_letter,)),
    chart.LetterShown: Then(),
    chart.NoteTemplateChanged: Then(),
    chart.HistoryTold: Then(),
    chart.ObservationRecorded: Then(later=(checking.recheck_for_values,)),
    chart.ImmunizationRecorded: Then(),
    chart.ImmunizationVoided: Then(),
    chart.VaccineScheduleChanged: Then(),
    questionnaires.QuestionnaireDrafted: Then(),
    questionnaires.QuestionnaireChanged: Then(),
    questionnaires.QuestionnaireActivated: Then(),
    questionnaires.QuestionnaireRetired: Then(),
    # What goes on into the record goes in the same act (`questionnaires/handover.py`).
    questionnaires.ResponseSigned: Then(),
    questionnaires.ResponseVoided: Then(),
    chart.DocumentKept: Then(),
    chart.PaperReceived: Then(),
    chart.DocumentChanged: Then(),
    chart.FamilyHistoryRecorded: Then(),
    chart.FamilyHistoryChanged: Then(),
    chart.CertificateIssued: Then(),
    chart.CertificateWithdrawn: Then(),
    orders.OrderPlaced: Then(
        now=(fulfilling.route_to_laboratory, fulfilling.route_to_pharmacy, referring.route_referrals),
        later=(caring.relate_who_works_on_it, caring.relate_who_placed_it),
    ),
    orders.OrderStopped: Then(
        now=(fulfilling.stop_in_laboratory, fulfilling.stop_in_pharmacy, referring.take_back_the_referral),
        later=(tasking.end_what_needs_no_second, tasking.end_what_safety_found, caring.end_with_the_order),
    ),
    # At once: of whoever takes the specimen and whoever holds the order one is refused.
    orders.OrderHeld: Then(now=(fulfilling.hold_in_laboratory,)),
    orders.OrderResumed: Then(now=(fulfilling.resume_in_laboratory,)),
    orders.OrderCompleted: Then(later=(caring.end_with_the_order,)),
    orders.OrderReopened: Then(later=(caring.relate_who_placed_it,)),
    orders.OrderPerformed: Then(later=(tasking.tell_what_was_not_done,)),
    orders.PerformanceVoided: Then(),
    orders.WrongWristband: Then(),
    orders.CountersignAsked: Then(now=(caring.relate_who_is_asked_to_sign,), later=(tasking.ask_to_countersign,)),
    orders.OrderCountersigned: Then(later=(tasking.end_what_was_countersigned,)),
    # At once: whoever answers for an order could not see it otherwise.
    orders.OrderHandedOver: Then(
        now=(caring.relate_who_answers,), later=(tasking.tell_who_answers, caring.end_who_answered)
    ),
    orders.MedicationStatementRecorded: Then(now=(checking.recheck_for_a_statement,)),
    orders.MedicinesReconciled: Then(),
    # At once: without the relation those who are asked could not open what they are asked about.
    care.ReferralSent: Then(now=(referring.relate_who_is_asked,), later=(referring.ask_the_receiver,)),
    care.ReferralDecided: Then(now=(referring.end_with_a_refusal,), later=(referring.pass_on_the_decision,)),
    care.ReferralMoved: Then(now=(referring.end_with_a_cancellation,), later=(referring.end_what_was_asked,)),
    care.ReferralAnswered: Then(later=(referring.complete_referred, referring.pass_on_the_answer)),
    care.ReferralClosed: Then(now=(referring.end_with_the_loop,), later=(referring.end_what_was_answered,)),
    # At once: without the relation those who give it could not open what they give.
    care.TreatmentStarted: Then(now=(referring.relate_who_gives,)),
    care.SessionDone: Then(now=(referring.relate_who_gives,)),
    care.SessionVoided: Then(now=(referring.relate_who_gives, fulfilling.reopen_treated)),
    care.TreatmentEnded: Then(now=(referring.end_with_the_treatment, fulfilling.complete_treated)),
    care.CarePlanChanged: Then(),
    care.GoalChanged: Then(),
    care.ProcedureRecorded: Then(),
    care.CareTeamChanged: Then(),
    care.FollowUpPlanned: Then(),
    care.FollowUpMoved: Then(later=(telling.end_the_follow_up_reminder,)),
    # At once: a job for each alert that somebody saw would be many for nothing.
    safety.AlertShown: Then(now=(tasking.tell_who_ordered,)),
    safety.RuleDecided: Then(),
    safety.RuleReviewed: Then(),
    safety.KnowledgeLoaded: Then(),
    lab.SpecimenCollected: Then(),
    lab.SpecimenRejected: Then(),
    lab.ResultEntered: Then(),
    lab.ResultVerified: Then(
        later=(
            *(charging.charge_for_result, fulfilling.complete_tested, alerting.alert_on_critical_result),
            *(checking.recheck_for_results, tasking.put_the_result),
        )
    ),
    lab.ResultCorrected: Then(later=(checking.recheck_for_results, tasking.put_the_corrected_result)),
    pharmacy.MedicationDispensed: Then(later=(charging.charge_for_medication, fulfilling.complete_dispensed)),
    inventory.StockReceived: Then(),
    inventory.StockDiscarded: Then(),
    catalog.ServiceAdded: Then(),
    catalog.ServiceChanged: Then(),
    catalog.PriceSet: Then(later=(charging.price_what_waited,)),
    billing.ChargeCaptured: Then(),
    billing.ChargesDropped: Then(),
    billing.ChargesPriced: Then(),
    billing.InvoiceIssued: Then(),
    billing.PaymentReceived: Then(),
    payments.CheckoutOpened: Then(),
    payments.CheckoutEnded: Then(),
    payments.SurplusReturned: Then(),
    # At once: whoever has it now, or is called, could not read it.
    inbox.TaskPut: Then(now=(caring.relate_who_has_it,)),
    inbox.TaskAccepted: Then(),
    inbox.TaskDelegated: Then(now=(caring.relate_who_has_it,)),
    inbox.TaskCompleted: Then(),
    inbox.TaskCancelled: Then(),
    inbox.TaskEscalated: Then(now=(caring.relate_who_is_called,), later=(alerting.alert_who_is_called,)),
    # At once: whoever is written to could not read it.
    inbox.CommunicationSent: Then(now=(caring.relate_who_is_written_to,), later=(telling.tell_of_an_answer,)),
    inbox.ThreadLabelled: Then(),
    inbox.CoverChanged: Then(),
    inbox.FlagRaised: Then(),
    inbox.FlagEnded: Then(),
    places.DepartmentChanged: Then(),
    staff.StaffMemberChanged: Then(),
    messaging.MessageSentAgain: Then(),
    messaging.MessageSettled: Then(),
    messaging.WordingChanged: Then(),
    messaging.QuietHoursChanged: Then(),
    messaging.PreferenceChanged: Then(),
    messaging.PushSubscribed: Then(),
    accounts.UserCreated: Then(),
    accounts.UserRetired: Then(later=(tasking.hand_on_what_waits,)),
    accounts.RoleGranted: Then(),
    accounts.RoleTaken: Then(),
    accounts.RoleCloned: Then(),
    accounts.RoleChanged: Then(),
    accounts.TokenIssued: Then(),
    accounts.PasswordChanged: Then(),
    accounts.SignedIn: Then(),
    accounts.SignInRefused: Then(),
    accounts.SignedAgain: Then(),
    accounts.SessionLocked: Then(),
    accounts.SessionUnlocked: Then(),
    accounts.SessionEnded: Then(),
    accounts.FactorAdded: Then(),
    accounts.FactorRevoked: Then(),
    accounts.RecoveryAsked: Then(),
    accounts.RecoveryAgreed: Then(),
    accounts.Recovered: Then(),
    accounts.DeviceMarked: Then(),
    accounts.DirectoryLinked: Then(),
    accounts.DirectoryUnlinked: Then(),
    accounts.ProgramRegistered: Then(),
    accounts.ProgramRetired: Then(),
    accounts.ProgramAllowed: Then(),
    accounts.AllowanceEnded: Then(),
    fhir.RecordImported: Then(),
    # Later, so that asking takes as long whether somebody has that contact or not.
    portal.CodeAsked: Then(later=(entering.send_the_code,)),
    portal.AccountOpened: Then(),
    # Whoever is let into a record, its patient is told.
    portal.AccountLinked: Then(later=(telling.tell_who_was_let_in,)),
    portal.AccountMoved: Then(),
    portal.AccountClosed: Then(now=(entering.end_what_the_account_opened,)),
    portal.RegistrationRefused: Then(),
    portal.PatientInvited: Then(),
    portal.InvitationWithdrawn: Then(),
    portal.ProxyGranted: Then(later=(telling.tell_who_was_let_in,)),
    portal.ProxyWithdrawn: Then(),
    portal.ResultReleased: Then(later=(telling.tell_of_a_result,)),
    portal.ContactChangeAsked: Then(),
    portal.ContactChangeDecided: Then(),
    portal.PortalSettingsChanged: Then(),
    audit.AlarmRaised: Then(),
    audit.AlarmReviewed: Then(),
    audit.CopyGiven: Then(),
    audit.AmendmentAsked: Then(),
    audit.AmendmentAnswered: Then(),
}

#: when, as cron writes it -> jobs of the rooms; each may run late, twice or beside another
CLOCK: dict[str, tuple[Any, ...]] = {
    "* * * * *": (
        audit_jobs.seal_and_anchor,
        messaging_jobs.send_waiting,
        waitlist_jobs.pass_on,
        payment_jobs.look_at_all,
        inbox_jobs.escalate,
    ),
    "*/5 * * * *": (report_jobs.fold_revenue,),
    "*/10 * * * *": (scheduling_jobs.note_the_missing, workflow_jobs.remind),
    "37 * * * *": (workflow_jobs.remind_of_tests, workflow_jobs.remind_of_follow_ups, workflow_jobs.tell_of_results),
    "41 * * * *": (queue_jobs.close_the_day,),
    "23 * * * *": (account_jobs.forget_what_ended, portal_jobs.forget_codes, audit_jobs.verify),
    "17 3 * * *": (core_jobs.forget_answers, core_jobs.forget_jobs, messaging_jobs.forget_texts),
}
