"""Which stage the verifier blames where more than one output differs."""

import json
import os
from pathlib import Path

import pytest

from .repositories import MAKE, USE, repository, verifier

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(os.name != "posix", reason="DVC asks no shell on Windows"),
]
DVC = """\
stages:
  make:
    cmd: python make.py
    deps: [make.py]
    outs: [DATA]
  use:
    cmd: python use.py
    deps: [use.py, DATA]
    outs: [out.txt]
"""


def blamed(
    folder: Path, interpreter: Path, data: str, make: str, use: str
) -> set[tuple[str, str]]:
    """Return the stages and kinds of what is found in a pipeline of two stages."""
    files = {"dvc.yaml": DVC.replace("DATA", data), "make.py": make, "use.py": use}
    project = repository(folder / "repository", interpreter, files)
    verifier(project, code=1)
    path = project.root / "certificate.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    return {(each["stage"], each["kind"]) for each in record["findings"]}


def test_who_changed_an_input_is_blamed_and_not_who_made_it(
    tmp_path: Path, interpreter: Path
) -> None:
    use = USE.partition('open("metrics')[0] + "open('data.txt', 'a').write('x')\n"
    found = blamed(tmp_path, interpreter, "data.txt", MAKE, use)
    assert found == {("use", "input changed")}


def test_who_writes_unstable_bytes_is_blamed_if_another_stage_keeps_them(
    tmp_path: Path, interpreter: Path
) -> None:
    make = "import os\nspaces = ' ' * int.from_bytes(os.urandom(2))\n"
    make += "open('data.json', 'w').write('[1]' + spaces)\n"
    use = "open('out.txt', 'w').write(str(len(open('data.json').read())))\n"
    found = blamed(tmp_path, interpreter, "data.json", make, use)
    assert found == {("make", "difference")}
