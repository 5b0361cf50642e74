"""What a line of strace means, and what strace really writes."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dvc_verify.observe.traces import Trace, read_line, read_trace, unescape
from dvc_verify.runs import machine

HERE = "/r"


@pytest.mark.parametrize(
    ("escaped", "plain"),
    [
        (r"plain", "plain"),
        (r"a\303\251b", "aéb"),
        (r"\x41", "A"),
        (r"tab\tline\nend", "tab\tline\nend"),
        (r"\v\f\r", "\v\f\r"),
        (r"\"quoted\" \\ \74x\76", '"quoted" \\ <x>'),
        (r"\0001", "\x001"),
        (r"\377", "\udcff"),
        ("é", "é"),
    ],
)
def test_escapes_of_strace_are_undone(escaped: str, plain: str) -> None:
    assert unescape(escaped) == plain


READS = [
    'open("a", O_RDONLY) = 3</r/a>',
    'open("a", O_RDONLY|O_CLOEXEC)         = 3</r/a>',
    'openat(AT_FDCWD</r>, "a", O_RDONLY) = 3</r/a>',
    'openat(7</elsewhere>, "../r/a", O_RDONLY) = 3</r/a>',
    'openat2(AT_FDCWD</r>, "a", {flags=O_RDONLY, resolve=0}, 24) = 3</r/a>',
]
WRITES = [
    'open("a", O_WRONLY) = 3</r/a>',
    'open("a", O_RDONLY|O_TRUNC) = 3</r/a>',
    'openat(AT_FDCWD</r>, "a", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3</r/a>',
    'openat(AT_FDCWD</r>, "a", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3</r/a>',
    'openat2(AT_FDCWD</r>, "a", {flags=O_WRONLY|O_CREAT, mode=0666}, 24) = 3</r/a>',
    'creat("a", 0666) = 3</r/a>',
    'truncate("a", 0) = 0',
    'truncate("b/../a", 0) = 0',
    'unlink("a") = 0',
    'unlinkat(AT_FDCWD</r>, "a", 0) = 0',
    'unlinkat(5</r/b>, "../a", 0) = 0',
    'link("b", "a") = 0',
    'linkat(AT_FDCWD</x>, "b", 5</r>, "a", 0) = 0',
    'symlink("b", "a") = 0',
    'symlinkat("b", 5</r>, "a") = 0',
]
BOTH = [
    'open("a", O_RDWR) = 3</r/a>',
    'openat(AT_FDCWD</r>, "a", O_RDWR|O_CREAT, 0666) = 3</r/a>',
]
NEITHER = [
    'open("a", O_RDONLY) = -1 ENOENT (No such file or directory)',
    'openat(AT_FDCWD</r>, "a", O_WRONLY|O_CREAT, 0666) = -1 EACCES (Permission denied)',
    'openat(AT_FDCWD</r>, "a", O_RDONLY) = ? ERESTARTSYS (To be restarted)',
    'openat(AT_FDCWD</r>, ".", O_RDONLY|O_DIRECTORY) = 3</r>',
    'openat(AT_FDCWD</r>, ".", O_RDWR|O_EXCL|O_TMPFILE, 0600) = 4</r/#221>(deleted)',
    'openat(AT_FDCWD</r>, "/proc/self/fd/6", O_RDONLY) = 7</r/a>(deleted)',
    'unlink("a") = -1 ENOENT (No such file or directory)',
    'rename("a", "b") = -1 ENOENT (No such file or directory)',
    'execve("/bin/true", ["true"], ["A=b"]) = -1 ENOENT (No such file or directory)',
    "+++ exited with 0 +++",
    "--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED} ---",
    'openat(AT_FDCWD</r>, "a", O_RDONLY <unfinished ...>',
    "<... execve resumed>) = 0",
]
CASES = [
    *((line, {"/r/a"}, set()) for line in READS),
    *((line, set(), {"/r/a"}) for line in WRITES),
    *((line, {"/r/a"}, {"/r/a"}) for line in BOTH),
    *((line, set(), set()) for line in NEITHER),
]


@pytest.mark.parametrize(("line", "reads", "writes"), CASES)
def test_a_line_tells_what_was_read_and_written(
    line: str, reads: set[str], writes: set[str]
) -> None:
    trace = Trace()
    read_line(line, HERE, trace)
    assert (trace.reads, trace.writes, trace.problems) == (reads, writes, [])


@pytest.mark.parametrize(
    ("line", "writes"),
    [
        ('rename("a", "b/c") = 0', {"/r/a", "/r/b/c"}),
        ('renameat(AT_FDCWD</x>, "a", 3</y>, "b") = 0', {"/x/a", "/y/b"}),
        (
            'renameat2(3</x>, "/z/a", AT_FDCWD</y>, "../b", RENAME_NOREPLACE) = 0',
            {"/z/a", "/b"},
        ),
    ],
)
def test_a_file_that_moves_is_written_in_both_places(
    line: str, writes: set[str]
) -> None:
    trace = Trace()
    read_line(line, HERE, trace)
    assert trace.writes == writes
    assert not trace.reads


@pytest.mark.parametrize("word", ["O_DIRECTORY", "O_RDWR", "O_CREAT"])
def test_the_name_of_a_file_is_not_taken_for_how_it_was_opened(word: str) -> None:
    trace = Trace()
    line = f'openat(AT_FDCWD</{word}>, "{word}.csv", O_RDONLY) = 3</{word}/{word}.csv>'
    read_line(line, HERE, trace)
    assert (trace.reads, trace.writes) == ({f"/{word}/{word}.csv"}, set())


def follow(*lines: str) -> Trace:
    """Return the trace of some lines of one process."""
    trace, here = Trace(), HERE
    for line in lines:
        here = read_line(line, here, trace)
    return trace


@pytest.mark.parametrize(
    "moves",
    [
        ['chdir("sub") = 0'],
        ['chdir("/r/other/../sub") = 0'],
        ["fchdir(3</r/sub>) = 0"],
        # A relative path, since a process doesn't say where it started.
        ['openat(AT_FDCWD</r/sub>, "x", O_RDONLY) = -1 ENOENT (No such file)'],
        ['chdir("sub") = 0', 'chdir("gone") = -1 ENOENT (No such file)'],
    ],
)
def test_relative_paths_start_where_the_process_is(moves: list[str]) -> None:
    assert follow(*moves, 'unlink("a")  = 0').writes == {"/r/sub/a"}


@pytest.mark.parametrize(
    ("address", "found"),
    [
        (
            '{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("192.0.2.1")}',
            {"192.0.2.1 port 80"},
        ),
        (
            "{sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), "
            'inet_pton(AF_INET6, "2001:db8::1", &sin6_addr), sin6_scope_id=0}',
            {"2001:db8::1 port 443"},
        ),
        ('{sa_family=AF_UNIX, sun_path="/run/nscd/socket"}', set()),
    ],
)
@pytest.mark.parametrize("result", ["0", "-1 EINPROGRESS (Operation now in progress)"])
def test_connections_through_the_network_are_noted(
    address: str, found: set[str], result: str
) -> None:
    trace = follow(f"connect(3<socket:[7]>, {address}, 28) = {result}")
    assert (trace.connections, trace.problems) == (found, [])


def test_a_started_program_is_noted_with_its_environment() -> None:
    trace = follow(
        r'execve("/bin/sh", ["sh", "-c", "x"], ["A=1", "B=a=\303\251", "C="]) = 0',
        'execve("/bin/no", ["no"], ["A=2"]) = -1 ENOENT (No such file or directory)',
        'execveat(3</bin/sh>, "", ["sh"], ["A=3"], AT_EMPTY_PATH) = 0',
    )
    assert trace.started == [{"A": "1", "B": "a=é", "C": ""}, {"A": "3"}]


@pytest.mark.parametrize(
    "line",
    [
        "what is this",
        'openat(AT_FDCWD</r>, "a", O_RDONLY',
        "[ Process PID=7 runs in 32 bit mode. ]",
        # What was opened stands in the line that is lost.
        '<... openat resumed>"a", O_RDONLY) = 3</r/a>',
        f'openat(AT_FDCWD</r>, "{"x" * 40}"..., O_RDONLY) = 3</r/x>',
        'rename("a", "b"...) = 0',
        'open("a", O_RDONLY) = 3',
    ],
)
def test_what_is_not_understood_or_cut_is_a_problem(line: str) -> None:
    trace = follow(line)
    assert len(trace.problems) == 1
    assert not trace.reads | trace.writes


def test_a_cut_environment_is_no_problem() -> None:
    assert not follow('execve("/bin/sh", ["sh"], ["LONG=xx"...]) = 0').problems


def test_the_digest_is_that_of_what_happened_in_the_repository() -> None:
    def traced(root: str, *reads: str, **more: Any) -> str:
        paths = {os.path.join(root, name) for name in reads}
        return Trace(paths, **more).digest(Path(root))

    here = traced("/one", "a", "b")
    assert here == traced("/two and more", "b", "a")
    assert here == traced("/one", "a", "b", "/usr/lib/x")
    others = [
        traced("/one", "a"),
        traced("/one", "a", "b", writes={"/one/c"}),
        traced("/one", "a", "b", connections={"192.0.2.1 port 80"}),
        traced("/one", "a", writes={"/one/b"}),
    ]
    assert len({here, *others}) == 5


def test_processes_are_read_together(tmp_path: Path) -> None:
    (tmp_path / "t.1").write_text('chdir("sub") = 0\nunlink("a") = 0\n')
    (tmp_path / "t.2").write_text('unlink("b") = 0\n')
    trace = read_trace(tmp_path.glob("t.*"), Path("/r"))
    assert trace.writes == {"/r/sub/a", "/r/b"}


SCRIPT = """
import os, socket, subprocess, sys, tempfile
open("data in é.csv").read()
open("O_DIRECTORY <x>.csv").read()
open("out.txt", "w").write("x")
open("both.txt", "r+").close()
os.path.exists("only looked for.txt")
os.listdir("folder")
try:
    open("missing.txt")
except FileNotFoundError:
    pass
with tempfile.TemporaryFile(dir="."):
    pass
folder = os.open("folder", os.O_RDONLY | os.O_DIRECTORY)
open("partial", "w").close()
os.rename("partial", "moved here", dst_dir_fd=folder)
os.chdir("folder")
open("relative.txt", "w").close()
os.rename("relative.txt", "renamed.txt")
os.symlink("nowhere", "link")
os.chdir("..")
os.truncate("truncated.txt", 0)
os.unlink("unlinked.txt")
with socket.socket() as one, socket.socket(socket.AF_UNIX) as other:
    for each, address in ((one, ("127.0.0.1", 1)), (other, "no socket")):
        try:
            each.connect(address)
        except OSError:
            pass
child = 'open("read by the child.txt").read()'
subprocess.run([sys.executable, "-I", "-S", "-c", child], env={"MARK": "a é"})
"""


def test_strace_shows_exactly_what_a_program_does(tmp_path: Path) -> None:
    words, reason = machine.find_strace()
    if reason:
        pytest.skip(reason)
    root = tmp_path / "with ö and a space"
    (root / "folder").mkdir(parents=True)
    read = ["data in é.csv", "O_DIRECTORY <x>.csv", "both.txt", "read by the child.txt"]
    for name in (*read, "truncated.txt", "unlinked.txt", "only looked for.txt"):
        (root / name).write_text("text")
    command = [sys.executable, "-I", "-S", "-B", "-c", SCRIPT]
    subprocess.run([*words, "-o", str(tmp_path / "t"), *command], cwd=root, check=True)
    trace = read_trace(tmp_path.glob("t.*"), root)

    def inside(paths: set[str]) -> set[str]:
        return {os.path.relpath(each, root) for each in paths if str(root) in each}

    assert trace.problems == []
    assert inside(trace.reads) == set(read)
    assert inside(trace.writes) == {
        "out.txt",
        "both.txt",
        "partial",
        *(f"folder/{name}" for name in ("moved here", "relative.txt", "renamed.txt")),
        "folder/link",
        "truncated.txt",
        "unlinked.txt",
    }
    assert trace.connections == {"127.0.0.1 port 1"}
    assert {"MARK": "a é"} in trace.started
