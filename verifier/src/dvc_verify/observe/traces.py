"""What strace saw of a stage: what it read, wrote, ran and connected to.

It can't see whether a stage only asked if a file exists, nor which keys of a file of
parameters it used. A line that isn't understood makes the trace *failed*, never clean.
"""

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

CALL = re.compile(r"^(\w+)\((.*)\)\s+= (-?\d+|\?|0x[0-9a-f]+)(.*)$", re.DOTALL)
NO_CALL = re.compile(
    r"^(\+\+\+|---|<\.\.\. exec\w+ resumed>|\w+\(.* <unfinished \.\.\.>$)"
)
TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"(\.\.\.)?')
NAMES = re.compile(r'"(?:[^"\\]|\\.)*"|<(?:[^>\\]|\\.)*>')
FOLDER = re.compile(r"^(?:AT_FDCWD|-?\d+)<((?:[^>\\]|\\.)*)>")
OPENED = re.compile(r"^<((?:[^>\\]|\\.)*)>(\(deleted\))?")
ESCAPE = re.compile(rb"\\([0-7]{1,3}|x[0-9a-f]{2}|.)", re.DOTALL)
LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"f": b"\f"}
OPENS = ("open", "openat", "openat2", "creat")
MOVES = ("rename", "renameat", "renameat2", "link", "linkat")
WRITES = ("O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC")


@dataclass
class Trace:
    """All that the processes of one stage did."""

    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    connections: set[str] = field(default_factory=set)
    started: list[dict[str, str]] = field(default_factory=list)  # environments
    problems: list[str] = field(default_factory=list)

    def digest(self, root: Path) -> str:
        """Return the SHA-256 of what was read and written in a repository."""
        lines = [
            f"{kind} {Path(path).relative_to(root).as_posix()}"
            for kind, paths in (("read", self.reads), ("write", self.writes))
            for path in paths
            if Path(path).is_relative_to(root)
        ]
        text = "\n".join(sorted(lines) + sorted(self.connections))
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def unescape(text: str) -> str:
    """Undo the escapes of strace.

    Examples
    --------
    >>> unescape(r"a \\303\\251 \\"b\\"")
    'a é "b"'
    """

    def plain(found: re.Match[bytes]) -> bytes:
        code = found[1]
        if code[:1].isdigit():
            return bytes([int(code, 8)])
        if code[:1] == b"x" and len(code) == 3:
            return bytes([int(code[1:], 16)])
        return LETTERS.get(code, code)

    raw = ESCAPE.sub(plain, text.encode("utf-8", "surrogateescape"))
    return raw.decode("utf-8", "surrogateescape")


def read_trace(paths: Iterable[Path], folder: Path) -> Trace:
    """Read the files that strace wrote, one for each process.

    Parameters
    ----------
    paths
        The files of one stage.
    folder
        Where the stage started.
    """
    trace = Trace()
    for path in sorted(paths):
        here = str(folder)
        for line in path.read_text("utf-8", "surrogateescape").splitlines():
            here = read_line(line, here, trace)
    return trace


def read_line(line: str, here: str, trace: Trace) -> str:
    """Add one line to a trace, and return the folder that the process is in then.

    Parameters
    ----------
    line
        What strace wrote of one call.
    here
        The folder that the process is in before it.
    trace
        What the line is added to.
    """
    found = CALL.match(line)
    if found is None:
        if not NO_CALL.match(line):
            trace.problems.append(f"a line is not understood: {line[:120]}")
        return here
    name, arguments, result, rest = found.groups()
    texts = TEXT.findall(arguments)
    if name.startswith("execve"):
        if result == "0":
            pairs = (unescape(text) for text, _ in texts if "=" in text)
            trace.started.append(dict(pair.split("=", 1) for pair in pairs))
        return here
    if name == "connect":
        if "sa_family=AF_INET" in arguments:
            trace.connections.add(_address(arguments))
        return here
    cwd = FOLDER.match(arguments)
    if cwd and arguments.startswith("AT_FDCWD"):
        here = unescape(cwd[1])
    if result.startswith("-") or result == "?":
        return here  # what failed changed nothing
    if any(cut for _, cut in texts):
        trace.problems.append(f"a path is cut: {line[:120]}")
        return here
    _act(name, arguments, [unescape(text) for text, _ in texts], rest, here, trace)
    if name == "chdir":
        return os.path.normpath(os.path.join(here, unescape(texts[0][0])))
    if name == "fchdir" and cwd:
        return unescape(cwd[1])
    return here


def _address(arguments: str) -> str:
    host = re.search(r'inet_(?:addr|pton)\((?:AF_INET6, )?"([^"]*)"', arguments)
    port = re.search(r"htons\((\d+)\)", arguments)
    return f"{host[1] if host else '?'} port {port[1] if port else '?'}"


def _act(
    name: str, arguments: str, texts: list[str], rest: str, here: str, trace: Trace
) -> None:
    """Note what a call that succeeded read or wrote."""
    if name in OPENS:
        flags = NAMES.sub("", arguments)
        opened = OPENED.match(rest)
        if opened is None:
            trace.problems.append(f"an open without a path: {arguments[:120]}")
        elif not opened[2] and "O_DIRECTORY" not in flags:
            path = unescape(opened[1])
            writes = name == "creat" or any(flag in flags for flag in WRITES)
            (trace.writes if writes else trace.reads).add(path)
            if "O_RDWR" in flags and "O_TRUNC" not in flags:
                trace.reads.add(path)
        return
    plain = TEXT.sub("", arguments)
    folders = re.findall(r"(?:AT_FDCWD|\b\d+)<((?:[^>\\]|\\.)*)>", plain)
    bases = [unescape(each) for each in folders] or [here]
    paths = [
        os.path.normpath(os.path.join(bases[min(number, len(bases) - 1)], text))
        for number, text in enumerate(texts)
    ]
    if name in MOVES and len(paths) == 2:
        if not name.startswith("link"):
            trace.writes.add(paths[0])
        trace.writes.add(paths[1])
    elif name.startswith("symlink") and texts:
        trace.writes.add(os.path.normpath(os.path.join(bases[-1], texts[-1])))
    elif name in ("truncate", "unlink", "unlinkat") and paths:
        trace.writes.add(paths[0])
