from django.apps import AppConfig

from salus.core import rights


class SchedulingConfig(AppConfig):
    name = "salus.scheduling"

    def ready(self) -> None:
        rights.declare(
            {
                "scheduling.view": "See appointments",
                "scheduling.book": "Book, move and cancel appointments",
                "scheduling.overbook": "Book a time that is taken or outside of hours, with a reason",
                "scheduling.manage_schedules": "Say when doctors, rooms and devices can be booked, and the holidays",
                "scheduling.follow_visit": "Note that an appointment was kept",
            }
        )
