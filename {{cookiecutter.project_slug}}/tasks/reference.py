"""Say whether a run gave the results that are committed; the verifier compares them.

A fresh project holds the results of the template: the reference. After the first
commit of other results, those are what a run is compared with.
"""

import os
import sys
from typing import TYPE_CHECKING

from .commands import ROOT, runtime

if TYPE_CHECKING:
    from dvc_verify.compare.head import Place


def report() -> None:
    """Print how the results compare with those of before.

    Raises
    ------
    Refusal
        If a file of DVC can't be used.
    """
    from dvc_verify.compare.head import print_report

    print_report(place())


def place() -> "Place":
    """Return where results are compared, and what is known of where stages compute."""
    from dvc_verify.compare.head import Place
    from dvc_verify.options import read_options

    environment = runtime("process").fix(os.environ)
    return Place(ROOT, read_options(ROOT), environment, is_pinned())


def is_pinned() -> bool:
    """Say whether the bytes here are those of every Linux x86-64 with AVX2."""
    found = runtime("processor").find_processor()
    pinned: bool = runtime("process").is_pinned(os.environ, found)
    return pinned and sys.platform == "linux"
