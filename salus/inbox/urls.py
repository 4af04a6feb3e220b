from django.urls import path

from salus.inbox.views import covering, flags, listing, messages, tasks

app_name = "inbox"
urlpatterns = [
    path("", listing.inbox, name="list"),
    path("rows", listing.rows, name="rows"),
    path("bell", listing.bell, name="bell"),
    path("acknowledge", listing.acknowledge_tasks, name="acknowledge"),
    path("colleagues", listing.find_colleague, name="find_colleague"),
    path("tasks/new", tasks.give_task, name="give"),
    path("tasks/new/<uuid:patient_id>", tasks.give_task_about, name="give_about"),
    path("tasks/<uuid:task_id>", tasks.show_task, name="show"),
    path("tasks/<uuid:task_id>/accept", tasks.accept_task, name="accept"),
    path("tasks/<uuid:task_id>/start", tasks.start_task, name="start"),
    path("tasks/<uuid:task_id>/finish", tasks.finish_task, name="finish"),
    path("tasks/<uuid:task_id>/delegate", tasks.delegate_task, name="delegate"),
    path("tasks/<uuid:task_id>/cancel", tasks.cancel_task, name="cancel"),
    path("tasks/<uuid:task_id>/comment", tasks.comment_on_task, name="comment"),
    path("of/<uuid:patient_id>", messages.of_patient, name="of_patient"),
    path("of/<uuid:patient_id>/flags", flags.raise_flag, name="raise_flag"),
    path("flags/<uuid:flag_id>/end", flags.end_flag, name="end_flag"),
    path("write/<uuid:patient_id>", messages.send_message, name="write"),
    path("write/<uuid:patient_id>/about/<str:entry_kind>/<uuid:row_id>", messages.write_about, name="write_about"),
    path("threads/<uuid:thread_id>", messages.thread, name="thread"),
    path("threads/<uuid:thread_id>/read", messages.mark_read, name="mark_read"),
    path("threads/<uuid:thread_id>/labels", messages.mark_thread, name="mark_thread"),
    path("messages/<uuid:communication_id>/answer", messages.answer_message, name="answer"),
    path("rules", covering.rules, name="rules"),
    path("rules/<slug:ladder>", covering.change_ladder, name="change_ladder"),
    path("rules/heads/of/<uuid:department_id>", covering.name_head, name="name_head"),
    path("cover", covering.name_deputy, name="cover"),
    path("cover/<uuid:deputy_row_id>/end", covering.end_deputy, name="end_deputy"),
]
