"""The repository that is verified: what git and DVC know of it, and clones."""
