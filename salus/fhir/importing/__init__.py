"""Records from elsewhere: read, checked, linked, mapped and stored, or refused with the reason."""
