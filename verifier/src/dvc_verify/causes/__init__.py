"""What makes a result differ, found by running its stage again."""
