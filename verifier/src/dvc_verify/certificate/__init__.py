"""What a verification showed: written, checked, signed."""
