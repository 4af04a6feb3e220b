"""The screens of orders: the composer, and what was ordered."""
