"""Predictions, metrics and curves: the problem types as evaluation sees them."""
