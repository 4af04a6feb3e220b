"""What upper rooms tell of a user when an act is made: `staff` plugs in the person's profile and departments."""

#: Scalar subqueries over `u` (the user's row), each giving a JSON object with keys of the Act
#: (`staff_id`, `practitioner_id`, `places`, `glass`). SQL, so that an act costs one statement however many rooms speak.
act_sources: list[str] = []
