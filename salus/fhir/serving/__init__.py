"""FHIR R4 out: read, search, create and update over HTTP."""
