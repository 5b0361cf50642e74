"""Questions, defaults, checks, and the filters that write an answer."""

from __future__ import annotations

import json
import keyword
import sys
from pathlib import Path

import pytest
from cookiecutter.exceptions import FailedHookException
from cookiecutter.prompt import prompt_for_config

import local_extensions as answers

from .conftest import ROOT, Machine
from .test_filters import TEXTS

QUESTIONS = json.loads((ROOT / "cookiecutter.json").read_text("utf-8"))
ASKED = [
    "project_name",
    "project_slug",
    "package_name",
    "description",
    "author_name",
    "author_email",
    "repository_url",
    "license",
    "python_version",
]


def settle(**given: str) -> dict[str, str]:
    """Return all answers, as cookiecutter settles them without asking."""
    context = {"cookiecutter": json.loads(json.dumps(QUESTIONS)) | given}
    return dict(prompt_for_config(context, no_input=True))


def test_nine_questions_each_with_a_wording() -> None:
    asked = [question for question in QUESTIONS if not question.startswith("_")]
    assert asked == ASKED
    assert set(QUESTIONS["__prompts__"]) == set(asked)
    assert QUESTIONS["license"] == ["MIT", "BSD-3-Clause", "Apache-2.0", "proprietary"]
    assert QUESTIONS["python_version"] == ["3.12", "3.11", "3.13"]


def test_each_free_answer_is_checked_as_it_is_given() -> None:
    order = list(QUESTIONS)
    free = [question for question in ASKED if isinstance(QUESTIONS[question], str)]
    assert set(free) == set(answers.CHECKS)
    for question in free:
        assert order[order.index(question) + 1] == f"__check_{question}"
        assert f"check('{question}')" in QUESTIONS[f"__check_{question}"]


@pytest.mark.parametrize(
    ("name", "slug", "package"),
    [
        ("Penguins", "penguins", "penguins"),
        ("  Élan & Vital ", "elan-vital", "elan_vital"),
        ("3D cells", "3d-cells", "my_3d_cells"),
        ("NumPy", "numpy", "my_numpy"),
        ("Class", "class", "my_class"),
        ("Tests", "tests", "my_tests"),
        ("Con", "my-project", "my_project"),
        ("🐧", "my-project", "my_project"),
        ("a" * 120, "a" * 60, "a" * 30),
        ("../../evil", "evil", "evil"),
        ("{{ 6 * 7 }}", "6-7", "my_6_7"),
    ],
)
def test_defaults_follow_from_the_name(name: str, slug: str, package: str) -> None:
    settled = settle(project_name=name)
    assert (settled["project_slug"], settled["package_name"]) == (slug, package)


@pytest.mark.parametrize("text", TEXTS)
def test_an_answer_is_never_rendered(text: str) -> None:
    for question in ("project_name", "description", "author_name"):
        assert settle(**{question: text})[question] == text


GOOD = {
    "project_slug": ["a", "My-Project_1.0", "x" * 60, "3d"],
    "package_name": ["a", "aaa", "zzz", "x" * 30, "a_1", "constant"],
    "description": [*TEXTS, "x" * 120],
    "author_email": ["a@b.co", "o'neil+x@mail.example.com", "first.last@a-b.example"],
    "repository_url": ["", "https://example.com/a/b.git", "http://localhost:3000/~me"],
}
BAD = {
    "project_name": ["", " \n", "x" * 121, "x" * 200, "nul \0", "\udcff", "bell \a"],
    "project_slug": [
        *("", "..", "../../evil", "a/b", "a\\b", ".hidden", "-dash", "dot.", "a..b"),
        *(
            "con",
            "NUL.txt",
            "com1",
            "a b",
            "a:b",
            "é",
            "x" * 61,
            "a.git",
            "a.lock",
            "a\n",
        ),
    ],
    "package_name": [
        *("", "class", "match", "1st", "_private", "Big", "a-b", "a.b", "é", "x" * 31),
        *("json", "distutils", "telnetlib", "test", "numpy", "sklearn", "yaml", "dvc"),
        *("great_expectations", "antlr4_python3_runtime", "torch", "tasks", "docs"),
        *("tests", "data", "models", "reports", "gx", "dvc_verify", "bootstrap"),
        *("nul", "a\n", "../../evil"),
    ],
    "author_email": [
        "",
        "me",
        "me@",
        "@b.co",
        "me@host",
        "a b@c.de",
        "a@b.co\n",
        "a@b@c.de",
    ],
    "repository_url": [
        "ftp://a.b",
        "example.com",
        "https://",
        "https://a b",
        "javascript:x",
    ],
}


@pytest.mark.parametrize(
    ("question", "answer"), [(name, each) for name in GOOD for each in GOOD[name]]
)
def test_good_answers_pass(question: str, answer: str) -> None:
    assert answers.check(answer, question) == ""


@pytest.mark.parametrize(
    ("question", "answer"), [(name, each) for name in BAD for each in BAD[name]]
)
def test_bad_answers_give_one_line(question: str, answer: str) -> None:
    with pytest.raises(FailedHookException) as caught:
        answers.check(answer, question)
    line = str(caught.value)
    assert line.startswith(f"{question} ") and len(line.splitlines()) == 1
    assert repr(answer[:39])[1:-1] in line and ";" in line


def test_no_name_of_python_itself_is_a_package() -> None:
    names = {*keyword.kwlist, *keyword.softkwlist, *sys.stdlib_module_names}
    assert [name for name in names if not answers.package_problem(name)] == []


def test_no_folder_or_script_of_the_repository_is_a_package() -> None:
    entries = (ROOT / "{{cookiecutter.project_slug}}").iterdir()
    taken = {path.stem for path in entries if path.is_dir() or path.suffix == ".py"}
    assert {"data", "tasks", "tests"} <= taken
    assert [name for name in taken if not answers.package_problem(name)] == []


def test_every_locked_name_is_refused() -> None:
    locked = answers.locked_names()
    assert {"numpy", "pandas", "scikit_learn", "dvc", "great_expectations"} <= locked
    assert all(answers.package_problem(name) for name in locked)


NAMED = [
    ("package_name", "class"),
    ("package_name", "json"),
    ("package_name", "pandas"),
    ("package_name", "1st"),
    ("package_name", "../../evil"),
    ("project_slug", "../../evil"),
    ("project_name", ""),
    ("project_name", "x" * 200),
    ("description", "x" * 200),
    ("author_name", " "),
    ("author_email", "not an address"),
    ("repository_url", "nowhere"),
]


@pytest.mark.parametrize(("question", "answer"), NAMED)
def test_command_line_says_one_line_and_leaves_nothing(
    machine: Machine, question: str, answer: str
) -> None:
    before = machine.files()
    finished = machine.bake(**{question: answer})
    assert finished.returncode == 1
    (line,) = finished.stdout.splitlines()
    assert line.startswith(f"{question} {answer[:39]!r}"[:45])
    assert machine.files() == before


def test_existing_folder_is_one_line_and_stays_as_it_is(machine: Machine) -> None:
    (machine.work / "mine").mkdir()
    (machine.work / "mine" / "thesis.txt").write_text("years")
    finished = machine.bake(project_slug="mine")
    assert finished.returncode == 1
    (line,) = finished.stdout.splitlines()
    assert "mine" in line and "already exists" in line
    assert [path.name for path in machine.work.rglob("*")] == ["mine", "thesis.txt"]
    assert list(machine.temporary.iterdir()) == []


def test_interactive_answer_stops_at_once(machine: Machine, tmp_path: Path) -> None:
    """The check follows its question: later questions are not asked."""
    script = tmp_path / "typed.py"
    script.write_text(
        "import io, sys\n"
        "from cookiecutter.cli import main\n"
        "sys.stdin = io.StringIO('A name\\n../../evil\\n')\n"
        f"main([{str(ROOT)!r}])\n"
    )
    machine.environment["PYTHONPATH"] = str(tmp_path)
    finished = machine.run("typed")
    assert finished.returncode == 1
    assert "project_slug '../../evil'" in finished.stdout.splitlines()[-1]
    assert "Python package" not in finished.stdout
