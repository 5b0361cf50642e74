"""The door builds from the user's index, whatever else the user has set; no network."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from .conftest import HERE, ROOT
from .index import make_wheel, serve

BAKE = ROOT / "{{cookiecutter.project_slug}}"
WINDOWS = sys.platform == "win32"
pytestmark = pytest.mark.e2e
POSIX = pytest.mark.skipif(WINDOWS, reason="uses links or paths of other systems")
# Each of these broke a build, or put packages elsewhere, when it reached an installer.
HOSTILE = {
    "PIP_TARGET": "elsewhere",
    "PIP_PREFIX": "elsewhere",
    "PIP_CONSTRAINT": "constraint.txt",
    "PIP_NO_BINARY": ":all:",
    "PIP_DRY_RUN": "1",
    "PYTHONOPTIMIZE": "2",
    "PYTHONSAFEPATH": "1",
    "PYTHONWARNINGS": "error",
    "PYTHONPATH": "other",
    "UV_TARGET": "elsewhere",
    "UV_CONSTRAINT": "constraint.txt",
    "UV_NO_BINARY": "1",
    "UV_PYTHON": "3.8",
    "UV_EXCLUDE_NEWER": "2001-01-01",
    "VIRTUAL_ENV": "elsewhere",
}
PIP_FILE = "[global]\nindex-url = {url}\nuser = true\ntarget = elsewhere\n"
PIP_FILE += (
    "[install]\nno-binary = :all:\ndry-run = true\nconstraint = constraint.txt\n"
)
UV_FILE = '[[index]]\nurl = "{url}"\ndefault = true\n'
UV_FILE += "[pip]\ntarget = 'elsewhere'\nno-binary = [':all:']\n"


@dataclass
class Small:
    """A project of two packages, and an index that has them."""

    root: Path
    url: str
    asked: list[str]
    lines: dict[str, str] = field(default_factory=dict)

    def environ(self, **settings: str) -> dict[str, str]:
        """Return the environment of a user with no settings but these."""
        base = {key: os.environ[key] for key in ("SYSTEMROOT",) if key in os.environ}
        places = ("HOME", "USERPROFILE", "APPDATA", "XDG_CONFIG_HOME", "TMPDIR")
        home = dict.fromkeys(places, str(self.root.parent))
        return {**base, **home, "PATH": "/usr/bin:/bin", **settings}

    def lock(self, science: str) -> None:
        """Lock a version of the package `science`."""
        path = self.root / "requirements" / "runtime.txt"
        path.write_text(self.lines[science], encoding="utf-8")

    def open(
        self, environ: Mapping[str, str], code: int = 0, python: str = sys.executable
    ) -> "subprocess.CompletedProcess[str]":
        """Open the door."""
        finished = subprocess.run(
            [python, "bootstrap.py", "task"],
            cwd=self.root,
            env=dict(environ),
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == code, finished.stdout + finished.stderr
        return finished

    @property
    def packages(self) -> Path:
        """The folder in which packages are installed."""
        inner = "Lib" if WINDOWS else f"lib/python{HERE}"
        return self.root / ".venv" / inner / "site-packages"


@pytest.fixture(name="small", scope="module")
def fixture_small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    """Yield a small project, and serve its index."""
    folder = tmp_path_factory.mktemp("small")
    root = folder / "some project"
    (root / "requirements").mkdir(parents=True)
    for path in (BAKE / "requirements").glob("*.py"):
        shutil.copy2(path, root / "requirements")
    shutil.copy2(BAKE / "bootstrap.py", root)
    text = 'requires-python = ">=3.11,<3.14"\n'
    (root / "pyproject.toml").write_text(f"[project]\n{text}", encoding="utf-8")
    (root / "constraint.txt").write_text("science<1\n", encoding="utf-8")
    (root / "other/science").mkdir(parents=True)
    (root / "other/science/__init__.py").write_text("raise SystemExit('the other')")
    index = folder / "index"
    build = make_wheel(index, "invoke", "3.0")
    (root / "requirements/build.txt").write_text(build, encoding="utf-8")
    with serve(index) as (url, asked):
        small = Small(root, url, asked)
        for version in ("1.0", "2.0"):
            small.lines[version] = make_wheel(index, "science", version)
        small.lock("1.0")
        yield small


def told(finished: "subprocess.CompletedProcess[str]") -> tuple[Any, ...]:
    """Return what the stand-in for Invoke shows: words, science's file, variables."""
    shown: tuple[Any, ...] = json.loads(finished.stdout.splitlines()[-1])
    return shown


@pytest.mark.parametrize(
    ("tool", "source"),
    [("pip", "PIP_INDEX_URL"), ("pip", "uv"), ("uv", "UV_INDEX_URL"), ("uv", "pip")],
)
def test_an_index_passes_and_nothing_else(small: Small, tool: str, source: str) -> None:
    settings = {**HOSTILE}
    if source in ("pip", "uv"):
        path = small.root.parent / f"{source} settings"
        text = (PIP_FILE if source == "pip" else UV_FILE).replace("{url}", small.url)
        path.write_text(text, encoding="utf-8")
        settings[f"{source.upper()}_CONFIG_FILE"] = str(path)
    else:
        settings[source] = small.url
    environ = small.environ(**settings)
    if tool == "uv":
        folder = str(Path(sys.executable).parent)
        environ["PATH"] = os.pathsep.join([folder, environ["PATH"]])
    shutil.rmtree(small.root / ".venv", ignore_errors=True)
    small.asked.clear()
    words, science, names = told(small.open(environ))
    assert words == ["task"]
    assert Path(science).is_relative_to(small.packages)
    assert any("science" in each for each in small.asked)
    assert not HOSTILE.keys() & set(names)
    assert not (small.root / "elsewhere").exists()
    # A second time there is nothing to do.
    assert "Building" not in small.open(environ).stdout


def test_of_two_doors_at_once_one_builds(small: Small) -> None:
    shutil.rmtree(small.root / ".venv", ignore_errors=True)
    environ = small.environ(PIP_INDEX_URL=small.url)
    doors = [
        subprocess.Popen(
            [sys.executable, "bootstrap.py", "task"],
            cwd=small.root,
            env=environ,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    shown = [door.communicate(timeout=120)[0] for door in doors]
    assert [door.returncode for door in doors] == [0, 0], shown
    assert "".join(shown).count("Building .venv") == 1
    assert "".join(shown).count("this one waits") == 1


@pytest.fixture(name="built")
def fixture_built(small: Small) -> Small:
    """Return the small project with an environment."""
    small.lock("1.0")
    small.open(small.environ(PIP_INDEX_URL=small.url))
    return small


def damage(small: Small, name: str) -> str:
    """Damage an environment, and return what is said of it."""
    packages = small.packages
    if name == "a package":
        shutil.rmtree(packages / "science")
        return "science is missing"
    if name == "a file":
        (packages / "science/rest.py").unlink()
        return "science/rest.py is missing"
    if name == "a file of a folder in it":
        (packages / "science/inner/deep/last.py").unlink()
        return "science/inner/deep/last.py is missing"
    if name == "a part of a file":
        path = packages / "science/inner/deep/last.py"
        path.write_bytes(path.read_bytes()[:-1])
        return "science/inner/deep/last.py changed"
    if name == "a version":
        (packages / "science-1.0.dist-info").rename(packages / "science-3.0.dist-info")
        return "science-1.0.dist-info is missing"
    if name == "two versions":
        shutil.copytree(
            packages / "science-1.0.dist-info", packages / "science-0.1.dist-info"
        )
        return "science is 0.1 and 1.0, not 1.0"
    if name == "its settings":
        (small.root / ".venv/pyvenv.cfg").write_text("home = /nowhere\n")
        return "its pyvenv.cfg changed"
    if name == "its record":
        (small.root / ".venv/built-from").write_text('{"locks": ')
        return "it is incomplete"
    moved = small.root.parent / "moved"
    shutil.move(small.root / ".venv", moved)
    shutil.copytree(moved, small.root / ".venv", symlinks=True)
    path = small.root / ".venv/built-from"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(json.dumps(str(small.root / ".venv"))[1:-1], "/old"))
    shutil.rmtree(moved)
    return "it was built in another place"


KINDS = ["a package", "a file", "a version", "two versions", "its settings"]
KINDS += ["a file of a folder in it", "a part of a file", "its record", "its place"]


def problem_of(small: Small) -> str:
    """Return what a look finds, in a process of its own."""
    code = "import sys; sys.path.insert(0, '.'); from pathlib import Path\n"
    code += "import bootstrap as b\n"
    code += "print(b.state.problem_of(Path('.venv'), b.find_locks(Path('.'))))"
    finished = subprocess.run(
        [sys.executable, "-c", code], cwd=small.root, capture_output=True, text=True
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


def test_every_damage_is_seen(built: Small) -> None:
    whole = built.root.parent / "whole"
    shutil.rmtree(whole, ignore_errors=True)
    shutil.copytree(built.root / ".venv", whole, symlinks=True)
    assert problem_of(built) == ""
    for kind in KINDS:
        expected = damage(built, kind)
        assert problem_of(built) == expected, kind
        shutil.rmtree(built.root / ".venv")
        shutil.copytree(whole, built.root / ".venv", symlinks=True)
    assert problem_of(built) == ""


def test_a_file_that_hides_a_module_is_named(built: Small) -> None:
    environ = built.environ(PIP_INDEX_URL=built.url)
    for name, module in (("random.py", "random"), ("science.py", "science")):
        path = built.root / name
        path.write_text("raise SystemExit('imported')\n", encoding="utf-8")
        said = built.open(environ, code=1).stderr
        path.unlink()
        line = f"bootstrap.py: {path} hides the module {module}; rename or remove it\n"
        assert said == line


@pytest.mark.parametrize(
    "name", ["json.py", "typing.py", "re.py", "subprocess.py", "tomllib", "science.pyc"]
)
def test_what_hides_a_module_is_not_run_by_the_door(built: Small, name: str) -> None:
    path = built.root / name
    path.mkdir() if name == "tomllib" else path.touch()
    file = path / "__init__.py" if name == "tomllib" else path
    file.write_text("raise SystemExit('imported')\n", encoding="utf-8")
    said = built.open(built.environ(PIP_INDEX_URL=built.url), code=1).stderr
    path.unlink() if path.is_file() else shutil.rmtree(path)
    assert said == (
        f"bootstrap.py: {path} hides the module {name.partition('.')[0]}; rename or "
        "remove it\n"
    )


def test_what_comes_first_for_other_programs_is_not_run(built: Small) -> None:
    other = built.root.parent / "first"
    other.mkdir(exist_ok=True)
    for name in ("json.py", "requirements.py", "configparser.py"):
        (other / name).write_text("raise SystemExit('imported')\n", encoding="utf-8")
    environ = built.environ(PIP_INDEX_URL=built.url, PYTHONPATH=str(other))
    assert told(built.open(environ))[0] == ["task"]


@POSIX
def test_what_is_no_environment_is_built_without_a_circle(built: Small) -> None:
    environ = built.environ(PIP_INDEX_URL=built.url)
    record = built.root / ".venv/built-from"
    record.write_text("[" * 100_000, encoding="utf-8")
    assert problem_of(built) == "it is incomplete"
    record.unlink()
    record.mkdir()
    assert "it is incomplete" in built.open(environ).stdout
    shutil.rmtree(built.root / ".venv")
    (built.root / ".venv").symlink_to(".venv")
    assert ".venv was a link to" in built.open(environ).stdout
    assert problem_of(built) == ""


def test_a_damaged_environment_is_built_again_by_its_own_python(built: Small) -> None:
    damage(built, "a package")
    own = built.root / ".venv" / ("Scripts/python.exe" if WINDOWS else "bin/python")
    environ = built.environ(PIP_INDEX_URL=built.url)
    if WINDOWS:
        said = built.open(environ, code=1, python=str(own)).stderr
        assert "run `deactivate`, then" in said
        return
    shown = built.open(environ, python=str(own))
    assert ".venv is built anew: science is missing." in shown.stdout
    assert told(shown)[0] == ["task"]
    assert "Building" not in built.open(environ).stdout


@POSIX
def test_a_link_goes_and_what_it_leads_to_stays(built: Small) -> None:
    other = built.root.parent / "other environment"
    other.mkdir(exist_ok=True)
    (other / "mine").touch()
    shutil.rmtree(built.root / ".venv")
    (built.root / ".venv").symlink_to(other)
    shown = built.open(built.environ(PIP_INDEX_URL=built.url)).stdout
    assert f".venv was a link to {other}, which stays as it is." in shown
    assert (other / "mine").exists() and not (built.root / ".venv").is_symlink()
    # A link to what is right is taken.
    whole = built.root.parent / "linked"
    shutil.rmtree(whole, ignore_errors=True)
    (built.root / ".venv").rename(whole)
    (built.root / ".venv").symlink_to(whole)
    path = whole / "built-from"
    record = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**record, "place": str(whole.resolve())}))
    assert problem_of(built) == ""
    (built.root / ".venv").unlink()


def test_what_fails_ends_in_what_to_do(built: Small) -> None:
    built.lines["3.0"] = f"science==2.0 --hash=sha256:{'0' * 64}\n"
    built.lock("3.0")
    said = built.open(built.environ(PIP_INDEX_URL=built.url), code=1).stderr
    assert "the index has another file than the lock names" in said.splitlines()[-1]
    built.lock("2.0")
    nowhere = built.environ(PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_RETRIES="0")
    said = built.open(nowhere, code=1).stderr
    assert "is the index reached?" in said.splitlines()[-1]
    assert not (built.root / ".venv/built-from").exists()
    # What failed is built by the next call, without a word of the user's.
    assert told(built.open(built.environ(PIP_INDEX_URL=built.url)))[0] == ["task"]
