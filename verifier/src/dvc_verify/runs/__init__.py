"""Runs in fresh clones, each with a choice of what it must not depend on."""
