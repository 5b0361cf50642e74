"""Whether a full run has ended here, and whether DVC works with git here."""

from pathlib import Path

from ..repository.git import is_in_git

FIRST = Path(".dvc/tmp/first-run")
BEGUN, ENDED = "begun", "ended"
RUN_CACHE = Path(".dvc/cache/runs")  # what DVC remembers of stages that ended
CORE = "[core]\n"
NO_GIT = f"{CORE}    no_scm = true\n"


def is_first_run() -> bool:
    """Say whether no full run has ended here yet.

    The results can come with git, and DVC would take the stage that writes them for
    done, though nothing has been made here.
    """
    if FIRST.exists():
        return FIRST.read_text(encoding="utf-8") == BEGUN
    # A file of `dvc add` is in the cache as well, but no run is.
    return not any(RUN_CACHE.glob("*/*/*"))


def end_first_run() -> None:
    """Remember that a full run has ended here, or that its results were pulled."""
    FIRST.parent.mkdir(parents=True, exist_ok=True)
    FIRST.write_text(ENDED, encoding="utf-8")


def allow_no_git() -> None:
    """Let DVC work without git: an unpacked archive or an image has none.

    Where there is a repository by now, that is taken back.
    """
    config = Path(".dvc/config.local")
    text = config.read_text(encoding="utf-8") if config.exists() else ""
    if not is_in_git(Path.cwd()):
        if "no_scm" not in text:
            text = text.replace(CORE, NO_GIT, 1) if CORE in text else NO_GIT + text
            config.write_text(text, encoding="utf-8")
    elif NO_GIT in text:
        config.write_text(text.replace(NO_GIT, CORE, 1), encoding="utf-8")
        print("There is a git repository now, so DVC works with it.")
