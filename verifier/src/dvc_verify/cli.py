"""Run or verify a DVC repository, compare its results, or read its certificate."""

import argparse
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import FrameType

from . import __version__, options
from .causes.explain import find_causes
from .certificate import document, record, signature
from .certificate.recheck import recheck
from .certificate.state import state
from .compare.head import Place, print_report
from .compare.outcome import compare_runs
from .errors import Refusal, check_disk
from .guard import merging
from .guard.pipeline import Pipeline
from .options import Options, read_options
from .repository.source import Repository
from .runs.pair import SHORTEST, make_runs, run_unfixed
from .runs.session import open_session

FROM_FILE = "\0"  # the option is given without a value


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="dvc-verify", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run the pipeline of HEAD twice, and compare")
    compare = commands.add_parser(
        "compare", help="compare the results that are here with those of a commit"
    )
    certificate = commands.add_parser(
        "certificate", help="say what the certificate is worth now"
    )
    repro = commands.add_parser(
        "repro", help="run what is out of date; a failure leaves the last results"
    )
    merge = commands.add_parser("merge", help="merge dvc.lock for git, as its driver")
    for each in (run, certificate):
        _add_common(each)
    _add_run(run)
    certificate.add_argument("--recheck", metavar="STAGE", help="run one stage again")
    compare.add_argument("revision", nargs="?", default="HEAD", metavar="REV")
    compare.add_argument("--path", default=".", type=Path, help="of the repository")
    compare.add_argument(
        "--pinned",
        action="store_true",
        help="stages give the same bytes on every processor",
    )
    repro.add_argument("stage", nargs="?", default="", metavar="STAGE")
    repro.add_argument("--force", action="store_true", help="run all stages")
    repro.add_argument("--path", default=".", type=Path, help="of the repository")
    for name in ("base", "ours", "theirs", "name"):
        merge.add_argument(name)
    return parser.parse_args(arguments)


def _add_common(parser: argparse.ArgumentParser) -> None:
    """Add what both commands take that run stages."""
    parser.add_argument("path", nargs="?", default=".", type=Path)
    parser.add_argument("--lock", help="a requirements file that pins the environment")
    parser.add_argument("--sign", metavar="KEY", type=Path, help="sign with SSH")
    parser.add_argument(
        "--pass",
        dest="passed",
        action="append",
        default=[],
        metavar="NAME",
        help="a variable that stages need, such as a credential",
    )


def _add_run(parser: argparse.ArgumentParser) -> None:
    """Add what only a verification takes."""
    parser.add_argument(
        "--head", action="store_true", help="go on though files are changed"
    )
    parser.add_argument(
        "--rebuild", action="store_true", help="install the lock afresh"
    )
    parser.add_argument(
        "--unfixed",
        metavar="NAME=VALUE",
        nargs="?",
        const=FROM_FILE,
        default="",
        help="run once more with a variable that lets the launcher fix nothing",
    )
    parser.add_argument(
        "--patience",
        type=float,
        default=SHORTEST,
        metavar="SECONDS",
        help="how long a stage may take in any case; else ten times its plain time",
    )
    parser.add_argument("--to", type=Path, help="where to write the certificate")
    parser.add_argument(
        "--require-verified",
        action="store_true",
        help="end with an error if the verdict is only partial",
    )


def chosen(given: argparse.Namespace) -> Options:
    """Return the options of a repository, with those of the command line over them."""
    found = read_options(given.path)
    if getattr(given, "lock", None):
        found = replace(found, lock=given.lock)
    return found


def unfixed_setting(given: argparse.Namespace, found: Options) -> str:
    """Return the variable that lets the launcher fix nothing, "" if it isn't wanted.

    Parameters
    ----------
    given
        The command line.
    found
        The options of the repository.

    Raises
    ------
    Refusal
        If nothing says which it is.
    """
    if given.unfixed == FROM_FILE:
        if not found.unfixed:
            raise Refusal(
                "--unfixed needs NAME=VALUE, or `unfixed` under [tool.dvc-verify] in "
                f"{options.FILE}"
            )
        return found.unfixed
    if given.unfixed:
        options.check_variable("--unfixed", given.unfixed)
    return str(given.unfixed)


def run_verification(given: argparse.Namespace) -> int:
    """Verify a repository, write its certificate, and print what it says."""
    found = chosen(given)
    unfixed = unfixed_setting(given, found)
    repository = Repository(given.path, found.record)
    refuse_changes(repository, given.head)
    started = time.monotonic()
    differing = None
    passed = tuple(given.passed)
    with open_session(repository, found.lock, given.rebuild, passed, say) as session:
        runs = make_runs(session, say, given.patience)
        comparison = compare_runs(repository, runs, session.base / "committed")
        causes = find_causes(session, runs, comparison, say)
        written = record.make_record(repository, found, runs, comparison, causes)
        if unfixed and not runs.failure:
            differing = run_unfixed(session, runs, unfixed, say)
        show("")
    for line in record.describe(written):
        print(line)
    if differing is not None:
        told = ", ".join(differing) or "nothing"
        print(f"With nothing fixed by the launcher, what differs is: {told}.", end="")
        print(" (Not graded.)")
    target = given.to or repository.certificate
    document.write(target, written)
    if given.sign:
        signature.sign(target, given.sign)
    print(f"{time.monotonic() - started:.0f} s. Certificate: {target}")
    partial = written["verdict"] == "partial" and given.require_verified
    if partial:
        print("error: a partial verdict is not enough here", file=sys.stderr)
    return 1 if partial or written["verdict"] == "failed" else 0


def refuse_changes(repository: Repository, head: bool) -> None:
    """Refuse what isn't committed, or with `head` only say that it isn't verified.

    Parameters
    ----------
    repository
        What is verified.
    head
        Whether to go on with HEAD all the same.

    Raises
    ------
    Refusal
        If files are not as HEAD has them.
    """
    changed = repository.changed()
    if changed and not head:
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        raise Refusal(
            f"not committed: {', '.join(changed[:3])}{more}; commit, or verify HEAD "
            "as it is with --head"
        )
    if changed:
        print(f"Note: HEAD is verified; {len(changed)} changed files are not.")


def run_certificate(given: argparse.Namespace) -> int:
    """Say what a certificate is worth, sign it, or check one stage of it."""
    repository = Repository(given.path, chosen(given).record)
    if given.sign:
        signature.sign(repository.certificate, given.sign)
    told, reasons = state(repository)
    print(f"The certificate is {told}.")
    for reason in reasons:
        print(f"  {reason}")
    if reasons:
        return 1
    if told == "unsigned":
        print(record.NO_PROOF)
    if not given.recheck:
        return 0
    read = document.read(repository.certificate)
    lock = given.lock or read["lock"]
    passed = tuple(given.passed)
    with open_session(repository, lock, False, passed, say) as session:
        found = recheck(session, read, given.recheck)
        show("")
    for line in found:
        print(f"  {line}")
    told = "something else" if found else "what is certified"
    print(f"{given.recheck} gives {told}.")
    return 1 if found else 0


def run_pipeline(given: argparse.Namespace) -> int:
    """Run the pipeline, and compare what all stages gave with what is committed."""
    root = given.path.resolve()
    if not (root / ".dvc").is_dir():
        raise Refusal(f"{given.path} is not the root of a DVC repository")
    found = read_options(root)
    pipeline = Pipeline(root, results=next(iter(found.amounts), ""))
    with pipeline.alone():
        pipeline.run(given.force, given.stage)
        if not given.stage:
            print_report(Place(root, found, dict(os.environ), pinned=False))
    return 0


def run_merge(given: argparse.Namespace) -> int:
    """Merge a lock of DVC into the second file."""
    return merging.main([given.base, given.ours, given.theirs, given.name])


def run_comparison(given: argparse.Namespace) -> int:
    """Say how the results that are here compare with those of a commit."""
    root = given.path.resolve()
    place = Place(root, chosen(given), dict(os.environ), given.pinned)
    print_report(place, given.revision)
    return 0


def say(text: str) -> None:
    """Show progress: on one line of a terminal, else on a line each."""
    if sys.stderr.isatty():
        show(text)
    else:
        print(text, file=sys.stderr, flush=True)


def show(text: str) -> None:
    """Write over the line of a terminal."""
    if sys.stderr.isatty():
        print(f"\r\x1b[2K{text[:100]}", end="", file=sys.stderr, flush=True)


def stop(number: int, _: FrameType | None) -> None:
    """End as an error does, so that nothing stays behind."""
    sys.exit(128 + number)


COMMANDS = {
    "run": run_verification,
    "compare": run_comparison,
    "certificate": run_certificate,
    "repro": run_pipeline,
    "merge": run_merge,
}
VERIFYING = ("run", "certificate")


def main(arguments: list[str] | None = None) -> int:
    """Run a command; what a user can fix is one line.

    Parameters
    ----------
    arguments
        Those of the command line, by default.
    """
    given = parse(sys.argv[1:] if arguments is None else arguments)
    if sys.platform == "win32" and given.command in VERIFYING:
        line = "verifying needs Linux or macOS: DVC asks no shell that can be replaced"
        print(f"error: {line}; run it in the image or in WSL", file=sys.stderr)
        return 2
    if sys.platform != "win32":
        signal.signal(signal.SIGHUP, stop)
    signal.signal(signal.SIGTERM, stop)
    try:
        try:
            return COMMANDS[given.command](given)
        except OSError as error:
            check_disk(str(error), error.filename)
            raise Refusal(str(error)) from None
    except Refusal as refusal:
        show("")
        if str(refusal):
            print(f"error: {refusal}", file=sys.stderr)
        return refusal.code if given.command == "repro" else 2
    except KeyboardInterrupt:
        show("")
        print("interrupted", file=sys.stderr)
        return 130
