"""What every stage stands on; it imports no other room."""
