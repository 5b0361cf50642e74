"""What the rules against hidden randomness find in scikit-learn's sources.

Tests are left out. The time is a ratio: of parsing and looking to parsing alone, in the
same run.
"""

import ast
import subprocess
import sys
import tempfile
import time
from collections import Counter
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from measure import ROOT

from tests.e2e.environment import build_interpreter

SOURCE = ROOT / "verifier/src/dvc_verify/lint.py"


def load_rules() -> Any:
    """Import the rules of the verifier."""
    spec = spec_from_file_location("lint_rules", SOURCE)
    if spec is None or spec.loader is None:
        raise ImportError(f"{SOURCE} is missing")
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Print the count of findings by rule, and the ratio of times."""
    rules = load_rules()
    python = build_interpreter(Path(tempfile.mkdtemp()))
    where = "import sklearn; print(sklearn.__path__[0])"
    folder = Path(subprocess.check_output([python, "-c", where], text=True).strip())
    paths = sorted(path for path in folder.rglob("*.py") if "tests" not in path.parts)
    texts = [path.read_text(encoding="utf-8") for path in paths]
    start = time.perf_counter()
    trees = [ast.parse(text) for text in texts]
    parsed = time.perf_counter()
    found = [message for tree in trees for *_, message, _ in rules.Plugin(tree).run()]
    looked = time.perf_counter()
    counts = Counter(message.split()[0] for message in found)
    lines = sum(text.count("\n") for text in texts)
    print(f"\nFindings in scikit-learn: {len(paths)} files, {lines} lines")
    for rule in rules.RULES:
        print(f"  {rule.code} ({rule.title}): {counts[rule.code]}")
    ratio = (looked - start) / (parsed - start)
    print(f"  parsing and looking, to parsing alone: {ratio:.2f}")


if __name__ == "__main__":
    main()
