"""One file per stage of ``dvc.yaml``, named by its verb."""
