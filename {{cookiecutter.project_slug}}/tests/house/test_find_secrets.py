"""Secrets are seen in every kind of file, and a digest is not taken for one."""

import json
import random
import string
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ALL = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
RANDOM = random.Random(1)  # noqa: S311


def made_of(length: int, letters: str = ALL) -> str:
    """Return letters that look like a secret: none stands in this file."""
    return "".join(RANDOM.choice(letters) for _ in range(length))


TOKENS = [
    f"hf_{made_of(34)}",
    f"sk-{made_of(20)}T3BlbkFJ{made_of(20)}",
    f"sk-proj-{made_of(60)}",
    f"sk-ant-api03-{made_of(90)}",
    f"r8_{made_of(37)}",
    f"ghp_{made_of(36)}",
    f"github_pat_{made_of(22)}_{made_of(59)}",
    f"glpat-{made_of(20)}",
    f"AKIA{made_of(16, string.ascii_uppercase + string.digits)}",
    f"AIza{made_of(35)}",
    f"xoxb-{made_of(12, string.digits)}-{made_of(24)}",
    f"pypi-AgEIcHlwaS5vcmc{made_of(80)}",
    f"npm_{made_of(36)}",
    f"AccountName=x;AccountKey={made_of(86)}==",
    f"-----BEGIN {'PRIVATE'} KEY-----",
    f"https://bob:{made_of(12)}@example.com/simple",
    f"https://{made_of(30)}@example.com/simple",
]
NAMED = [
    ("WANDB_API_KEY", made_of(40, HEX)),
    ("KAGGLE_KEY", made_of(32, HEX)),
    ("AWS_SECRET_ACCESS_KEY", made_of(40, ALL + "+/")),
]


def notebook(source: str) -> str:
    """Return a notebook with one cell."""
    cell = {"cell_type": "code", "source": [f"{source}\n", "x = 1"], "outputs": []}
    return json.dumps({"cells": [cell], "nbformat": 4}, indent=1)


def places(name: str, value: str) -> dict[str, str]:
    """Return files that hold a secret, each in another kind of place."""
    quoted = json.dumps(value)
    return {
        "a.py": f"client = make({name}={quoted})\n",
        "a.ipynb": notebook(f"os.environ['{name}'] = {quoted}"),
        ".github/workflows/a.yml": f"  - uses: a/b@{'0' * 40} # {name}={value}\n",
        "a.yaml": f"sha256: {'0' * 64} # md5: {name}={value}\n",
        "reports/a.json": json.dumps({name: value}),
        "reports/a.html": f"<p>{name}={value}</p>\n",
        "requirements/a.in": f"--index-url {value} # {name}={value}\n",
        "requirements/a.txt": f"# {name}={value}\n",
        ".env": f"{name}={value}\n",
        "pip.conf": f"[global]\n{name} = {value}\n",
        ".dvc/config": f"['remote \"a\"']\n    {name} = {value}\n",
        "README.md": f"export {name}={value}\n",
        "dvc.lock": f"cmd: run --{name}={value}\n",
    }


def scan(folder: Path, *names: str) -> "subprocess.CompletedProcess[str]":
    """Run the hook as pre-commit does."""
    return subprocess.run(
        [sys.executable, str(ROOT / "tasks" / "find_secrets.py"), *names],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_secret_is_seen_wherever_it_stands(tmp_path: Path) -> None:
    secrets = [("setting", token) for token in TOKENS] + NAMED
    files = {
        f"{number}/{place}": text
        for number, secret in enumerate(secrets)
        for place, text in places(*secret).items()
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    finished = scan(tmp_path, *files)
    seen = {line.partition(":")[0] for line in finished.stdout.splitlines()}
    assert files.keys() - seen == set()
    assert finished.returncode == 1 and not finished.stderr
    assert not any(secret in finished.stdout for _, secret in secrets)


def test_a_password_is_seen_and_a_mark_lets_it_through(tmp_path: Path) -> None:
    line = f'password = "{made_of(16)}"'
    mark = f"# {'pragma'}: allowlist secret"
    (tmp_path / "a.py").write_text(f"\n{line}\n{line}  {mark}\n")
    shown = scan(tmp_path, "a.py").stdout.splitlines()
    assert shown[0] == "a.py:2: Secret Keyword" and "a.py:3" not in "".join(shown)


def test_a_line_ends_where_an_editor_ends_it(tmp_path: Path) -> None:
    mark = f"# {'pragma'}: allowlist secret"
    expected = set()
    for number, inside in enumerate("\x0b \x0c \x1c \x85 \u2028".split(" ")):
        for end in ("\n", "\r\n", "\r"):
            name = f"{number}{len(end)}{end.count(chr(10))}.py"
            lines = [f"# a{inside}b", f'a = "{TOKENS[0]}"  {mark}', ""]
            lines += [f'b = "{TOKENS[0]}"', f'password = "{made_of(16)}"', ""]
            (tmp_path / name).write_bytes(end.join(lines).encode())
            expected |= {f"{name}:4: token (Hugging Face)", f"{name}:5: Secret Keyword"}
    shown = scan(tmp_path, *(path.name for path in tmp_path.iterdir())).stdout
    assert {line for line in shown.splitlines()[:-1] if "Entropy" not in line} == (
        expected
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "a.json",
            json.dumps({"sha256": made_of(64, HEX), "md5": made_of(32, HEX)}),
        ),
        ("reports/a.json", json.dumps({"outputs": made_of(64, HEX)})),
        ("dvc.lock", f"sha256: \n  {made_of(64, HEX)}\nmd5: {made_of(32, HEX)}.dir\n"),
        ("a.yml", f"- uses: a/b@{made_of(40, HEX)} # v1\n- image: a@sha256:{'0' * 64}"),
        ("a.txt", f"a==1 \\\n    --hash=sha256:{made_of(64, HEX)} \\\n"),
        ("a.ipynb", notebook("x = 1").replace("[]", '["%s"]')),
        ("a.html", '<div class="sk-estimator-doc-link sk-toggleable__content fitted">'),
        ("a.in", "--index-url https://${USER}:${PASSWORD}@example.com/simple\n"),
    ],
)
def test_a_digest_an_image_and_a_variable_are_let_through(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / "reports").mkdir()
    image = "iVBORw0KGgo" + made_of(3000)
    (tmp_path / name).write_text(text.replace("%s", image), encoding="utf-8")
    finished = scan(tmp_path, name)
    assert (finished.returncode, finished.stdout) == (0, "")


@pytest.mark.parametrize("name", ["sha256", "md5", "uses"])
def test_a_key_is_no_digest_beside_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.yml").write_text(f"{name}: '{made_of(40, HEX + 'xyz')}'\n")
    (tmp_path / "a.py").write_text(f'{name} = "{made_of(50)}"\n')
    finished = scan(tmp_path, "a.yml", "a.py")
    assert "a.py:1" in finished.stdout


def test_bytes_that_are_no_text_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe\x00")
    assert scan(tmp_path, "a.png", "missing.txt").returncode == 0


def test_the_project_itself_holds_none() -> None:
    """Or its first commit would be refused."""
    places = ("docs", "reports", "tasks", "tests", "{{ cookiecutter.package_name }}")
    files = [path for place in places for path in (ROOT / place).rglob("*.*")]
    names = [str(path) for path in files if path.suffix in (".json", ".md", ".py")]
    assert scan(ROOT, *names).stdout == ""
