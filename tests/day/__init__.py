"""A day of a hospital played through the real services, many workers at once, its time compressed (`make day`)."""
