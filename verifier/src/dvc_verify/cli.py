"""``dvc-verify``: verify a DVC repository, or read its certificate."""

import argparse
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from .certificate.state import record, state as certificate
from .errors import Refusal, check_disk
from .causes.explain import name_causes
from .certificate.recheck import recheck
from .repository.source import RECORDS, Repository
from .runs.pair import SHORTEST, Options, open_door, open_session, verify

LOCK = "requirements/runtime.txt"


def parse(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="dvc-verify", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, told in (
        ("run", "run the pipeline of HEAD twice, and compare"),
        ("certificate", "say what the certificate is worth now"),
    ):
        each = commands.add_parser(name, help=told)
        each.add_argument("path", nargs="?", default=".", type=Path)
        each.add_argument("--lock", help=f"the lock of the environment ({LOCK})")
        each.add_argument("--sign", metavar="KEY", type=Path, help="sign with SSH")
        each.add_argument(
            "--pass",
            dest="passed",
            action="append",
            default=[],
            metavar="NAME",
            help="a variable that stages need, such as a credential",
        )
        if name == "certificate":
            each.add_argument("--recheck", metavar="STAGE", help="run one stage again")
            continue
        each.add_argument(
            "--head", action="store_true", help="go on though files are changed"
        )
        each.add_argument(
            "--rebuild", action="store_true", help="install the lock afresh"
        )
        each.add_argument(
            "--open-door",
            metavar="NAME=VALUE",
            default="",
            help="run once more with a variable that opens the launcher",
        )
        each.add_argument(
            "--patience",
            type=float,
            default=SHORTEST,
            metavar="SECONDS",
            help="how long a stage may take in any case; else ten times its plain time",
        )
        each.add_argument("--to", type=Path, help="where to write the certificate")
        each.add_argument(
            "--require-verified",
            action="store_true",
            help="end with an error if the verdict is only partial",
        )
    return parser.parse_args(words)


def run_verify(given: argparse.Namespace) -> int:
    """Verify a repository, write its certificate, and print what it says."""
    repository = Repository(given.path)
    changed = repository.changed()
    if changed and not given.head:
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        raise Refusal(
            f"not committed: {', '.join(changed[:3])}{more}; commit, or verify HEAD "
            "as it is with --head"
        )
    if changed:
        print(f"Note: HEAD is verified; {len(changed)} changed files are not.")
    lock = given.lock or (LOCK if repository.committed(LOCK) is not None else "")
    options = Options(lock, given.rebuild, tuple(given.passed))
    begun = time.monotonic()
    with open_session(repository, options, say) as session:
        done = verify(session, say, given.patience)
        name_causes(done)
        written = record.make_record(done, lock)
        opened = None
        if given.open_door and not done.failure:
            opened = open_door(done, given.open_door)
        shown("")
    for line in record.describe(written):
        print(line)
    if opened is not None:
        told = ", ".join(opened) or "nothing"
        print(f"With the launcher's door open, what differs is: {told}. (Not graded.)")
    target = given.to or repository.root / RECORDS[0]
    certificate.write(target, written)
    if given.sign:
        certificate.sign(target, given.sign)
    print(f"{time.monotonic() - begun:.0f} s. Certificate: {target}")
    partial = written["verdict"] == "partial" and given.require_verified
    if partial:
        print("error: a partial verdict is not enough here", file=sys.stderr)
    return 1 if partial or written["verdict"] == "failed" else 0


def run_certificate(given: argparse.Namespace) -> int:
    """Say what a certificate is worth, sign it, or check one stage of it."""
    repository = Repository(given.path)
    if given.sign:
        certificate.sign(repository.root / RECORDS[0], given.sign)
    told, reasons = certificate.state(repository)
    print(f"The certificate is {told}.")
    for reason in reasons:
        print(f"  {reason}")
    if reasons:
        return 1
    if told == "unsigned":
        print(record.NO_PROOF)
    if not given.recheck:
        return 0
    read = certificate.read(repository.root / RECORDS[0])
    options = Options(given.lock or read["lock"], passed=tuple(given.passed))
    with open_session(repository, options, say) as session:
        found = recheck(session, read, given.recheck)
        shown("")
    for line in found:
        print(f"  {line}")
    count = len(found)
    print(
        f"{given.recheck} gives {'something else' if count else 'what is certified'}."
    )
    return 1 if found else 0


def say(text: str) -> None:
    """Show progress: on one line of a terminal, else on a line each."""
    if sys.stderr.isatty():
        shown(text)
    else:
        print(text, file=sys.stderr, flush=True)


def shown(text: str) -> None:
    """Write over the line of a terminal."""
    if sys.stderr.isatty():
        print(f"\r\x1b[2K{text[:100]}", end="", file=sys.stderr, flush=True)


def stop(number: int, _: FrameType | None) -> None:
    """End as an error does, so that nothing stays behind."""
    sys.exit(128 + number)


def main() -> int:
    """Run a command; what a user can fix is one line."""
    given = parse(sys.argv[1:])
    if sys.platform == "win32":
        line = "verifying needs Linux or macOS: DVC asks no shell that can be replaced"
        print(f"error: {line}; run it in the image or in WSL", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)
    commands = {"run": run_verify, "certificate": run_certificate}
    try:
        try:
            return commands[given.command](given)
        except OSError as error:
            check_disk(str(error), error.filename)
            raise Refusal(str(error)) from None
    except Refusal as refusal:
        shown("")
        print(f"error: {refusal}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        shown("")
        print("interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
