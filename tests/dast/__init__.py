"""Others' tools try the running product: schemathesis on the FHIR interface, as three roles and as nobody (`make dast`).

That a tool says nothing proves only that it ran: the same run against a product with two planted faults must find both.
"""
