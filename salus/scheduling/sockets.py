"""What upper rooms do at a check-in."""

#: a page that checks in who has an appointment, by its id, and asks who it is; without one it is one click on the list
check_in_routes: list[str] = []
