"""Repositories with a seeded defect, and what finds it."""
