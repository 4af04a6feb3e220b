import pytest


@pytest.fixture(autouse=True)
def _pretended(settings):
    """The demonstration's gateway."""
    settings.SALUS_DEMONSTRATION, settings.SALUS_PAYMENTS = True, "pretended"
