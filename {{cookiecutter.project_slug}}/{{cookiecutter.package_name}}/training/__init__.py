"""Estimators, folds and model files: the problem types as training sees them."""
