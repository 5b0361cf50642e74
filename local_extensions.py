"""The template's own Jinja extension: checks each answer, and writes it safely.

An answer is data. It is checked as it is given, by a ``__check_`` variable of
``cookiecutter.json``, and written into a file through one of the filters ``toml``,
``yaml``, ``python``, ``markdown`` and ``plain``. ``dvc_lock`` orders a lock of DVC.
"""

from __future__ import annotations

import json
import keyword
import re
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

from cookiecutter.exceptions import FailedHookException
from jinja2 import Environment
from jinja2.ext import Extension

HERE = Path(__file__).resolve().parent
LOCKS = HERE / "{{cookiecutter.project_slug}}" / "requirements"
LONGEST_TEXT = 120
LONGEST_SLUG = 60
LONGEST_PACKAGE = 30  # so that no command in dvc.lock passes 80 columns

# What `import` finds under another name than the one in the locks, and frameworks
# that runtime/seeding.py looks for.
IMPORTS = frozenset(
    """antlr4 attr blackd blib2to3 cython dateutil dotenv dvc_verify flax flufl git
    hydra jax jaxlib keras lightning markdown_it mpl_toolkits mypyc nbformat pil
    piptools pkg_resources public py pydevd_plugins pylab rpds ruamel sklearn sphinx
    tensorflow torch torchvision transformers validate yaml zc""".split()
)
# What the repository holds, or will hold, beside the package.
FOLDERS = frozenset(
    """benchmarks binder bootstrap build conftest data dist docs env examples gx models
    notebooks noxfile reports requirements schemas scripts setup site src tasks test
    tests venv""".split()
)
# In the standard library of one Python and not of another: the running one must not
# decide.
PASSING_STDLIB = frozenset(
    """aifc annotationlib asynchat asyncore audioop cgi cgitb chunk compression crypt
    distutils imghdr imp lib2to3 mailcap msilib nis nntplib ossaudiodev pipes smtpd
    sndhdr spwd sunau telnetlib uu xdrlib""".split()
)
DEVICE = "is the name of a device on Windows; choose another name"
WINDOWS_DEVICES = frozenset("con prn aux nul".split()) | {
    f"{port}{number}" for port in ("com", "lpt") for number in range(10)
}

EMAIL = re.compile(r"[\w.!#$%&'*+/=?^~-]+@[a-z0-9-]+(\.[a-z0-9-]+)+", re.A | re.I)
URL = re.compile(
    r"https?://[a-z0-9-]+(\.[a-z0-9-]+)*(:\d+)?(/[\w.~%+@/?=&#-]*)?", re.A | re.I
)


class BadAnswer(FailedHookException, SystemExit):  # type: ignore[misc]
    """One line about an answer that cannot be used.

    cookiecutter catches the first base; cruft neither, and Python ends on the second.
    Both print the message alone and exit with 1, before anything is written.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.code = message


# --- checks: each says what is wrong with an answer, or nothing ---


def text_problem(answer: str) -> str | None:
    """Say what is wrong with free text: any text will do, if it is short."""
    if not answer.strip():
        return "is empty; give at least one character"
    if len(answer) > LONGEST_TEXT:
        return f"has {len(answer)} characters; give at most {LONGEST_TEXT}"
    for character in re.sub(r"[\t\n\r]", "", answer):
        if unicodedata.category(character) in ("Cc", "Cs"):
            return f"holds {character!r}; give text without control characters"
    return None


def slug_problem(answer: str) -> str | None:
    """Say what is wrong with the name of the repository's folder."""
    if not re.fullmatch(r"[A-Za-z0-9]+([._-]+[A-Za-z0-9]+)*", answer):
        return "is not a folder name; use letters, digits, and '-', '_' or '.' between"
    if len(answer) > LONGEST_SLUG:
        return f"has {len(answer)} characters; give at most {LONGEST_SLUG}"
    if ".." in answer or answer.endswith((".git", ".lock")):
        return "is not a folder name for git; leave out '..' and the last ending"
    return DEVICE if answer.split(".")[0].lower() in WINDOWS_DEVICES else None


def package_problem(answer: str) -> str | None:
    """Say what is wrong with the name that Python imports the package by."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", answer):
        return "is not a package name; use a-z, 0-9 and '_', and start with a letter"
    if len(answer) > LONGEST_PACKAGE:
        return f"has {len(answer)} characters; give at most {LONGEST_PACKAGE}"
    if keyword.iskeyword(answer) or keyword.issoftkeyword(answer):
        return "is a Python keyword; choose another name"
    if answer in sys.stdlib_module_names | PASSING_STDLIB:
        return "is a module of the standard library; choose another name"
    if answer in FOLDERS:
        return "is a folder or file of the repository itself; choose another name"
    if answer in IMPORTS | locked_names():
        return "is a dependency of the project; choose another name"
    return DEVICE if answer in WINDOWS_DEVICES else None


def email_problem(answer: str) -> str | None:
    """Say what is wrong with an e-mail address."""
    if len(answer) > LONGEST_TEXT or not EMAIL.fullmatch(answer):
        return "is not an e-mail address; give one like name@example.com"
    return None


def url_problem(answer: str) -> str | None:
    """Say what is wrong with the address of the repository, which may be empty."""
    if answer and (len(answer) > LONGEST_TEXT or not URL.fullmatch(answer)):
        return "is not a web address; give one like https://example.com/it, or nothing"
    return None


CHECKS: dict[str, Callable[[str], str | None]] = {
    "project_name": text_problem,
    "project_slug": slug_problem,
    "package_name": package_problem,
    "description": text_problem,
    "author_name": text_problem,
    "author_email": email_problem,
    "repository_url": url_problem,
}


def locked_names() -> set[str]:
    """Return the names in the generated repository's locks, spelled as in Python."""
    text = "\n".join(lock.read_text("utf-8") for lock in LOCKS.glob("*.txt"))
    names = re.findall(r"^([A-Za-z0-9._-]+)==", text, re.M)
    return {re.sub(r"[-.]", "_", name).lower() for name in names}


def check(answer: object, question: str) -> str:
    """Stop the bake with one line if an answer is wrong; else write nothing."""
    problem = CHECKS[question](answer) if isinstance(answer, str) else "is not text"
    if problem:
        whole = str(answer)
        shown = whole if len(whole) <= 40 else f"{whole[:39]}…"
        raise BadAnswer(f"{question} {shown!r} {problem}")
    return ""


# --- defaults, derived from the answer before ---


def slug(name: str) -> str:
    """Return a folder name for a project's name."""
    plain_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain_name.lower())
    candidate = words[:LONGEST_SLUG].strip("-")
    return candidate if candidate and not slug_problem(candidate) else "my-project"


def package(project_slug: str) -> str:
    """Return a package name for a folder name, one that will pass the check."""
    words = re.sub(r"[^a-z0-9]+", "_", project_slug.lower()).strip("_")
    candidates = [words, f"my_{words}", "my_project"]
    usable = (each[:LONGEST_PACKAGE].rstrip("_") for each in candidates)
    return next(each for each in usable if not package_problem(each))


# --- filters that write a string ---


def _escaped(text: str, quote: str) -> str:
    """Escape a string in the way that TOML, YAML and Python have in common."""
    named = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", quote: f"\\{quote}"}

    def escape(character: str) -> str:
        if character in named or character.isprintable():
            return named.get(character, character)
        point = ord(character)
        return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"

    return quote + "".join(map(escape, text)) + quote


def toml(text: str) -> str:
    """Write a string for TOML or YAML, with its double quotes."""
    return _escaped(text, '"')


def python(text: str) -> str:
    """Write a string as Python source, quoted as black would quote it."""
    return _escaped(text, "'" if text.count('"') > text.count("'") else '"')


def plain(text: str) -> str:
    """Write a string on one line, as it is."""
    return " ".join(text.split())


def markdown(text: str) -> str:
    """Write a string on one line of Markdown, where it looks as it is.

    Beside CommonMark and GitHub's tables, MyST reads these pages: to it a line that
    begins with `%` is a comment, and `(label)=` a target.
    """
    escaped = re.sub(r"([\\`*_{}\[\]<>#|~$&^@])", r"\\\1", plain(text))
    return re.sub(r"^(\d*)([-+=.:!%()])", r"\1\\\2", escaped)


def dvc_lock(text: str) -> str:
    """Sort each stage's dependencies as DVC does, whatever the package's name."""

    def ordered(block: re.Match[str]) -> str:
        return "".join(sorted(re.split(r"(?<=\n)(?=    - )", block[0])))

    return re.sub(r"(?<=\n    deps:\n)(    (- |  ).*\n)+", ordered, text)


# --- the extension ---


class Answers(Extension):
    """Give templates the filters above, and keep answers from being rendered.

    cookiecutter renders every value that it does not ask for: those on its command
    line, and those that cruft stored. An answer such as ``{{ x }}`` would be lost or
    crash. So while questions are asked, each template that is not one of
    ``cookiecutter.json`` is an answer, and is replaced by one that writes it.
    """

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._templates: set[str] | None = None
        for write in (check, slug, package, toml, python, plain, markdown, dvc_lock):
            environment.filters[write.__name__] = write
        environment.filters["yaml"] = toml
        environment.globals["ask"] = self._ask
        # `cruft update` bakes two versions of the template in one process; the second
        # would meet the first one's extension.
        sys.modules.pop(__name__, None)

    def _ask(self) -> str:
        """Begin the questions; the first private variable calls this."""
        questions = json.loads((HERE / "cookiecutter.json").read_text("utf-8"))
        texts = (value for value in questions.values() if isinstance(value, str))
        self._templates = {text for text in texts if "{{" in text}
        return ""

    def preprocess(
        self, source: str, name: str | None, filename: str | None = None
    ) -> str:
        """Replace an answer by a template that writes it."""
        if self._templates is None or source in self._templates:
            return source
        return "{{ " + ascii(source) + " }}"
