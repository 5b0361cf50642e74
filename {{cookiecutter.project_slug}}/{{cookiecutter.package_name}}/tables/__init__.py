"""Tables: how they are read and written, what their rows and columns are."""
