"""Run DVC so that nothing is lost; paths are from the root, where this stands."""
