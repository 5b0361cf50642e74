"""``python -m dvc_verify``: the same as the command ``dvc-verify``."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
