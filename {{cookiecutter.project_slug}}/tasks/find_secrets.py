"""Find passwords, keys and tokens in files before they are committed.

    python tasks/find_secrets.py FILE ...

Tokens of a known form are found in any file and on any line. What only looks random,
or stands beside a word such as `password`, is left to detect-secrets; there a digest is
let through, if it has the length of one and stands where one stands.
"""

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from detect_secrets.core import scan
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.filters.heuristic import (
    IGNORED_FILE_EXTENSIONS,
    is_prefixed_with_dollar_sign,
    is_templated_secret,
)
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.settings import transient_settings

LETTERS = "[A-Za-z0-9_-]"
TOKENS = {  # of places from where models and packages come and where they go
    "Hugging Face": r"\b(?:hf|api_org)_[A-Za-z0-9]{30,}",
    "Anthropic, OpenAI or OpenRouter": (
        rf"\bsk-(?:(?:ant|proj|svcacct|admin|or)-{LETTERS}{{20,}}|[A-Za-z0-9]{{32,}})"
    ),
    "Replicate": r"\br8_[A-Za-z0-9]{30,}",
    "GitHub": r"\b(?:github_pat_[A-Za-z0-9_]{50,}|gh[oprsu]_[A-Za-z0-9]{36,})",
    "GitLab": rf"\bgl[a-z]{{2,5}}-{LETTERS}{{20,}}",
    "npm": r"\bnpm_[A-Za-z0-9]{36,}",
    "PyPI": rf"\bpypi-{LETTERS}{{50,}}",
    "Google": rf"\b(?:AIza{LETTERS}{{35}}|ya29\.{LETTERS}{{20,}})",
    "Databricks": r"\bdapi[0-9a-f]{32}",
    "NVIDIA": rf"\bnvapi-{LETTERS}{{40,}}",
    "Groq or xAI": r"\b(?:gsk_|xai-)[A-Za-z0-9]{40,}",
    "Docker": rf"\bdckr_(?:pat|oat)_{LETTERS}{{20,}}",
    "Slack": r"\bxox[a-z]-[A-Za-z0-9-]{20,}",
    "AWS": (
        r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
        r"|(?i:secret_access_key)\W{1,6}[A-Za-z0-9/+]{40}\b"
    ),
    "Azure": (
        r"(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{40,}={0,2}"
        r"|[?&]sig=[A-Za-z0-9%+/]{40,}"
    ),
    "user of a web address": r"://[A-Za-z0-9_-]{20,}@",
    # Weights & Biases, Kaggle, Comet and others give hexadecimal digits.
    "beside 'key', 'token' or 'password'": (
        r"(?i)(?:key|token|secret|passw(?:or)?d)\\*[\"'\]\)]*\s*[:=(,\s]\s*\\*[\"']?"
        r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})\b"
    ),
}
LOOSE = ("KeywordDetector", "Base64HighEntropyString", "HexHighEntropyString")
PASSED = ("IPPublicDetector",)  # a version looks like an address, which is no secret
# It lets whole lines through, such as `client = make(password="...")`.
CALLS = "detect_secrets.filters.heuristic.is_indirect_reference"
ALLOWED = "pragma: allowlist secret"
DIGEST = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}")
NAMED = re.compile(
    r"(?i)(?:sha-?\d+|md5|digest|hash|commit|rev)s?[\"']?\s*[:=@]\s*[\"']?$"
)
HASH = re.compile(r"\s*--hash=sha256:[0-9a-f]{64}(?: \\)?")
IMAGE = re.compile(r"iVBORw0KGgo|/9j/|R0lGOD|PHN2Zy|PD94bW")  # in base64
RECORD = "reference.json"  # holds the MD5 of each output, by its path
EXAMPLE = re.compile(r"secret(@x)?")  # a password of examples and tests
Found = tuple[int, str]


def find(path: Path) -> list[Found]:
    """Return the line and the kind of each secret in a file."""
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return []  # it isn't text
    text = re.sub(r"\r\n?", "\n", text)
    lines = text.split("\n")  # str.splitlines() would end a line at a form feed, too
    found = {
        (number, kind)
        for number, kind in (*known_forms(text), *loose_forms(path, lines))
        if ALLOWED not in lines[number - 1]
    }
    return sorted(found)


def known_forms(text: str) -> Iterator[Found]:
    """Find tokens by their form alone."""
    patterns = [(f"token ({name})", re.compile(form)) for name, form in TOKENS.items()]
    plugin: Any
    for kind, plugin in get_mapping_from_secret_type_to_class().items():
        if issubclass(plugin, RegexBasedDetector) and plugin.__name__ not in PASSED:
            patterns += [(kind, form) for form in plugin.denylist]
    for kind, pattern in patterns:
        for match in pattern.finditer(text):
            value = match[match.lastindex or 0] or match[0]
            if EXAMPLE.fullmatch(value):
                continue
            if not (is_templated_secret(value) or is_prefixed_with_dollar_sign(value)):
                yield text.count("\n", 0, match.start()) + 1, kind


def loose_forms(path: Path, lines: list[str]) -> Iterator[Found]:
    """Find what looks random or is named as a secret, but for digests and images."""
    for secret in scan_text(path, lines):
        value, number = secret.secret_value or "", secret.line_number
        # A long value of YAML stands on the line after its name.
        place = "\n".join(lines[max(0, number - 2) : number])
        if not IMAGE.match(value) and not is_digest(path, value, place):
            yield number, secret.type


def is_digest(path: Path, value: str, place: str) -> bool:
    """Say whether a value is a digest, by its length and by where it stands."""
    if not DIGEST.fullmatch(value):
        return False
    if "reports" in path.parts and path.suffix == ".json":
        if len(value) == 64 or path.name == RECORD:
            return True
    return NAMED.search(place.rpartition(value)[0]) is not None


def scan_text(path: Path, lines: list[str]) -> Iterator[Any]:
    """Let detect-secrets scan what a file says."""
    suffix = ".py" if path.suffix == ".ipynb" else path.suffix
    if suffix == ".txt" or suffix in IGNORED_FILE_EXTENSIONS:  # .lock and .svg too
        suffix = ""
    read = notebook_line if path.suffix == ".ipynb" else plain_line
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, f"copy{suffix}")
        copy.write_text("".join(f"{read(line)}\n" for line in lines), encoding="utf-8")
        yield from scan.scan_file(str(copy))


def plain_line(line: str) -> str:
    """Return a line, or nothing for one of a lock that is a hash alone: it is slow."""
    return "" if HASH.fullmatch(line) else line


def notebook_line(line: str) -> str:
    """Return what a line of a notebook says, if it is one of a cell or an output."""
    try:
        value = json.loads(line.strip().removesuffix(","))
    except ValueError:
        return line
    return " ".join(value.splitlines()) if isinstance(value, str) else line


def main(names: list[str]) -> int:
    """Print where secrets are, and return the exit code of the hook."""
    count = 0
    used = {"plugins_used": [{"name": name} for name in LOOSE]}
    with transient_settings(used) as settings:
        settings.disable_filters(CALLS)
        for name in names:
            for number, kind in find(Path(name)):
                print(f"{name}:{number}: {kind}")
                count += 1
    if count:
        print(
            "These look like secrets. Keep them in variables of the environment or in "
            "what git ignores; end a line that holds none with "
            "`# pragma: allowlist secret`."
        )
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
