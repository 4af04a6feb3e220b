"""Measuring: a hospital of any size, the acts of its day over HTTP, and the same statements as bare SQL."""
