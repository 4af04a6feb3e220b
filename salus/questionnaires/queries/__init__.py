"""What is read of forms and answers."""
