"""What operators see of this room."""
