"""The page and the kinds of plots; it knows no problem type."""
