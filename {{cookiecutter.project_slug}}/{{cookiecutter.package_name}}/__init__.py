"""A reproducible machine-learning pipeline.

Every stage runs as ``python -m <package> STAGE``; ``dvc.yaml`` names them in order.
"""
