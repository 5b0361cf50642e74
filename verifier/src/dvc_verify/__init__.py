"""What keeps results reproducible: rules against hidden randomness."""
