"""The one place that says which Salus this is; `salus --version` and `/fhir/metadata` read it."""

VERSION = "0.1.0"
