"""Is this FHIR R4? Structure, required elements, codes, formats of primitives, references to contained resources."""

from salus.fhir.checking.structure import Checked, Problem, check

__all__ = ["Checked", "Problem", "check"]
