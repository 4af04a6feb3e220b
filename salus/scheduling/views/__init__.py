"""The doors of appointments and schedules."""
