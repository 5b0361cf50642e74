"""Run the commands of a page from the page itself, and compare what they print.

In a ``console`` block, a line that begins with ``$ `` is a command, and the lines after
it are what it prints: ``...`` stands for any text, and alone on a line for any lines. A
command that shows nothing prints nothing. A ``diff`` block replaces one text of a
file. A comment before a block says that it is a new ``file:`` and where, that its last
command ``fails``, or that it is ``not executed:`` and why.
"""

import os
import re
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(
    r"^(?:<!-- (?P<note>.+?) -->\n)?```(?P<language>\S*)\n(?P<text>.*?)^```$",
    re.M | re.S,
)
INDENTED = re.compile(r"^[ >]+```", re.M)
# What shows commands without saying which lines are.
SHELLS = {"", "bash", "bat", "cmd", "powershell", "ps1", "sh", "shell", "zsh"}
MAKES = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
LONGEST = 900  # seconds for a page: a command that hangs must end
END = "--- end of a command: "


@dataclass(frozen=True)
class Edit:
    """One text of a file replaced by another."""

    path: str
    old: str
    new: str


@dataclass(frozen=True)
class NewFile:
    """A file with its content."""

    path: str
    content: str


@dataclass
class Command:
    """A command, what it prints, and whether it fails."""

    line: str
    shown: str = ""
    fails: bool = False


def steps(text: str) -> Iterator[Edit | NewFile | Command]:
    """Yield the steps of a page in their order.

    Raises
    ------
    ValueError
        If a block could hold commands and is no ``console`` block.
    """
    if INDENTED.search(text):
        raise ValueError("an indented block can't be executed; begin it in column 1")
    for block in BLOCK.finditer(text):
        note, language = block["note"] or "", block["language"]
        if language in SHELLS:
            raise ValueError(f"a block in '{language}' can't be executed:\n{block[0]}")
        if note.startswith("file: "):
            yield NewFile(note.removeprefix("file: "), block["text"])
        elif language == "diff":
            yield read_edit(block["text"])
        elif language == "console" and not note.startswith("not executed: "):
            commands = read_commands(block["text"])
            commands[-1].fails = note == "fails"
            yield from commands


def read_edit(text: str) -> Edit:
    """Read a block with one file and the lines to take out and to put in."""
    head, *lines = text.splitlines()
    sides = [
        "\n".join(line[1:] for line in lines if line.startswith(sign)) for sign in "-+"
    ]
    return Edit(head.removeprefix("--- "), *sides)


def read_commands(text: str) -> list[Command]:
    """Read the commands of a block, each with what it prints."""
    commands: list[Command] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            commands.append(Command(line[2:]))
        else:
            commands[-1].shown += line + "\n"
    return commands


def agrees(shown: str, printed: str) -> bool:
    """Say whether what is shown is what was printed.

    Examples
    --------
    >>> agrees("one\\n...\\nfour\\n", "one\\ntwo\\nthree\\nfour\\n")
    True
    >>> agrees("a ... c\\n", "a b c\\n"), agrees("a ... c\\n", "a b\\n")
    (True, False)
    """
    lines = [
        (
            r"(?:.*\n)*?"
            if line == "..."
            else ".*".join(re.escape(part) for part in line.split("...")) + r"\n"
        )
        for line in shown.splitlines()
    ]
    return re.fullmatch("".join(lines), printed) is not None


def clean(printed: str) -> str:
    """Leave out colours, ends of lines and empty ends."""
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", printed)
    lines = [line.rstrip() for line in text.split("\n")]
    text = "\n".join(lines).strip("\n")
    return text and text + "\n"


def run_page(page: Path, folder: Path, environ: dict[str, str], part: str = "") -> int:
    """Run a page in a folder and return how many commands it had.

    Parameters
    ----------
    page
        The page.
    folder
        Where its reader stands.
    environ
        The environment of the reader's shell.
    part
        The heading of the one part to run, by default all.

    Raises
    ------
    AssertionError
        If a command prints something else than is shown, or fails where it shouldn't.
    """
    text = page.read_text(encoding="utf-8")
    if part:
        (text,) = re.findall(
            rf"^## {re.escape(part)}\n(.*?)(?=^## |\Z)", text, re.M | re.S
        )
    count = 0
    # A make that runs the tests would make one that a page starts say more.
    known = {**os.environ, **environ}
    kept = {name: value for name, value in known.items() if name not in MAKES}
    with subprocess.Popen(
        ["bash", "--noprofile", "--norc"],
        cwd=folder,
        env=kept,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as shell:
        watch = threading.Timer(LONGEST, shell.kill)
        watch.start()
        try:
            for step in steps(text):
                count += follow(step, shell, page, folder)
        finally:
            watch.cancel()
    return count


def follow(
    step: Edit | NewFile | Command,
    shell: "subprocess.Popen[str]",
    page: Path,
    folder: Path,
) -> int:
    """Take one step of a page, and return how many commands it had."""
    if isinstance(step, NewFile):
        with (folder / step.path).open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(step.content)
        return 0
    if isinstance(step, Edit):
        apply(step, folder)
        return 0
    printed, code = execute(shell, step.line)
    said = f"{page.name}: $ {step.line}\n{printed}(ended with {code})"
    assert (code != 0) == step.fails, said
    assert agrees(step.shown, printed), f"{said}\nnot\n{step.shown}"
    return 1


def execute(shell: "subprocess.Popen[str]", line: str) -> tuple[str, int]:
    """Run a command in a shell; return what it printed, and its exit code."""
    assert shell.stdin and shell.stdout
    shell.stdin.write(f"{line} </dev/null\nprintf '\\n{END}%s\\n' $?\n")
    shell.stdin.flush()
    printed = ""
    for text in shell.stdout:
        if text.startswith(END):
            return clean(printed), int(text.removeprefix(END))
        printed += text
    raise AssertionError(f"the shell ended at: {line}\n{printed}")


def apply(edit: Edit, folder: Path) -> None:
    """Replace the one place of a text in a file."""
    path = folder / edit.path
    text = path.read_bytes().decode("utf-8")
    assert text.count(edit.old) == 1, f"{edit.path} has not one '{edit.old}'"
    path.write_bytes(text.replace(edit.old, edit.new).encode("utf-8"))
