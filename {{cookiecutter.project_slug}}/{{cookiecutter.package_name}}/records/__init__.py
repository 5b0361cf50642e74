"""What stages hand on to each other, as types; standard library only."""
