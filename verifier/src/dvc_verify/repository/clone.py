"""A fresh clone of HEAD, with settings of its own and without what stages write."""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..errors import Refusal
from ..runs.janitor import remove
from .git import GIT, git, plain_environment
from .source import Repository
from .stages import Stage

DVC_FOLDERS = ("DVC_SITE_CACHE_DIR", "DVC_GLOBAL_CONFIG_DIR", "DVC_SYSTEM_CONFIG_DIR")


def make_clone(repository: Repository, place: Path, commit: str) -> Path:
    """Check a commit out into a new folder, and return the root of DVC in it.

    The objects stay where they are: nothing is copied, so that a shallow clone and one
    of another user, which git refuses to clone, can be verified too.

    Parameters
    ----------
    repository
        Where the commit is from.
    place
        The new folder.
    commit
        The commit, by its hash.
    """
    place.mkdir(parents=True)
    git(place, "init", "--quiet", "--template=", "--initial-branch=verified")
    source = repository.top
    information = place / ".git" / "objects" / "info"
    information.mkdir(exist_ok=True)
    (information / "alternates").write_bytes(os.fsencode(repository.objects) + b"\n")
    shallow = git(source, "rev-parse", "--git-path", "shallow").decode().rstrip("\n")
    if (source / shallow).is_file():
        shutil.copyfile(source / shallow, place / ".git" / "shallow")
    git(place, "checkout", "--quiet", "-B", "verified", commit)
    return place / repository.prefix


def configure(root: Path, cache: Path, remotes: Mapping[str, str]) -> None:
    """Give a clone a cache and remotes of its own, whatever its settings say.

    Parameters
    ----------
    root
        The root of DVC in the clone.
    cache
        The folder of its cache.
    remotes
        The address of each remote by its name.
    """
    lines = ["[core]", "analytics = false", "check_update = false", "autostage = false"]
    lines += ["[cache]", f'dir = "{cache}"', "type = copy"]
    for name, url in remotes.items():
        lines += [f"['remote \"{name}\"']", f'url = "{url}"']
    text = "\n".join(lines) + "\n"
    (root / ".dvc" / "config.local").write_text(text, encoding="utf-8")


def dvc_environment(folder: Path) -> dict[str, str]:
    """Return an environment in which DVC finds nothing of the user's.

    Parameters
    ----------
    folder
        Where DVC keeps its home, its temporary files and its settings.
    """
    places = {name: str(folder / name.lower()) for name in DVC_FOLDERS}
    places |= {"HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp")}
    for place in places.values():
        Path(place).mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    own = {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1", "DVC_NO_ANALYTICS": "true"}
    # DVC itself runs unperturbed, but the user's PYTHONPATH could hold another DVC.
    kept = plain_environment()
    kept.pop("PYTHONPATH", None)
    return {**kept, **GIT, **places, **own}


@contextlib.contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Put an environment in the place of this process's, for a while."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def remove_outputs(root: Path, stages: list[Stage]) -> None:
    """Delete what stages that run write: DVC skips a stage whose outputs are there.

    Parameters
    ----------
    root
        The root of DVC in the clone.
    stages
        All its stages.

    Raises
    ------
    Refusal
        If an output is outside the repository, where a clone would share it.
    """
    for stage in (each for each in stages if each.kind == "run"):
        for out in stage.outputs:
            if Path(out.path).parts[:1] == ("..",):
                raise Refusal(
                    f"{stage.name} writes {Path(out.path).name} outside the repository"
                    ": a run to verify it would write over it"
                )
            if not out.persist:
                remove(root / out.path)


def bring_data(
    repository: Repository, root: Path, stages: list[Stage], env: Mapping[str, str]
) -> None:
    """Bring what no stage that runs produces, from the cache or a remote.

    Parameters
    ----------
    repository
        Whose cache and remotes are asked.
    root
        The root of DVC in the clone.
    stages
        All its stages.
    env
        The environment of DVC.

    Raises
    ------
    Refusal
        If some of it can't be had, or isn't what its hash says.
    """
    wanted = [
        (stage, out)
        for stage in stages
        for out in stage.outputs
        if stage.kind != "run" and out.cached
    ]
    missing = []
    for stage, out in wanted:
        if not copy_out(repository, out.digest, root / out.path):
            missing.append((stage, out))
    if not missing:
        return
    names = [stage.name for stage, _ in missing]
    command = [sys.executable, "-m", "dvc", "pull", *dict.fromkeys(names)]
    finished = subprocess.run(
        command, cwd=root, env=env, capture_output=True, text=True, check=False
    )
    lost = [out.path for _, out in missing if not (root / out.path).exists()]
    if finished.returncode or lost:
        said = finished.stderr.strip().splitlines() or ["no reason was given"]
        path = (lost or [missing[0][1].path])[0]
        raise Refusal(
            f"{path} is neither in the cache nor at a remote; push it from where it "
            f"is, or run its stage again ({said[-1]})"
        )


def copy_out(
    repository: Repository, digest: str, target: Path, check: bool = True
) -> bool:
    """Copy an output out of the source's cache; say whether all of it was there.

    Parameters
    ----------
    repository
        Whose cache is asked.
    digest
        The digest by which DVC knows the output.
    target
        Where to copy it.
    check
        Whether to compare files with their digests, too.

    Raises
    ------
    Refusal
        If a list of files, or with `check` a file, isn't what it is named after.
    """
    found = repository.cached_object(digest)
    if found is None:
        return False
    name, _, folder = digest.partition(".")
    if (check or folder) and file_md5(found) != name:
        raise Refusal(
            f"the cache is corrupt: {found} isn't {digest}, which it is named after; "
            "delete it and run `dvc pull`"
        )
    if folder:
        target.mkdir(parents=True, exist_ok=True)
        return all(
            copy_out(repository, each["md5"], inside(target, each["relpath"]), check)
            for each in json.loads(found.read_text(encoding="utf-8"))
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(found, target)
    return True


def inside(folder: Path, name: str) -> Path:
    """Return where a folder holds a name that a list of DVC gives.

    Parameters
    ----------
    folder
        The folder.
    name
        A path in it, with slashes.

    Raises
    ------
    Refusal
        If the name leads out of the folder.
    """
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise Refusal(f"a list of files names '{name}', which is not in its folder")
    return folder / name


def copy(source: Path, target: Path) -> None:
    """Copy a file or a folder, if it is there.

    Parameters
    ----------
    source
        What is copied, if it is there.
    target
        Where to; a folder may be there, and stays as far as it isn't written over.
    """
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    elif source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def dvc_digest(path: Path) -> str:
    """Return the digest by which DVC knows a file or a folder, "" if it is missing."""
    if path.is_dir():
        files = (each for each in path.rglob("*") if each.is_file())
        names = {each.relative_to(path).as_posix(): file_md5(each) for each in files}
        entries = [{"md5": names[name], "relpath": name} for name in sorted(names)]
        text = json.dumps(entries, sort_keys=True)
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() + ".dir"
    return file_md5(path) if path.exists() else ""


def file_md5(path: Path) -> str:
    """Return the MD5 by which DVC knows a file."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False))
    return digest.hexdigest()


def remote_urls(repository: Repository) -> dict[str, str]:
    """Return the remotes of a repository, relative ones resolved against it."""
    remotes = repository.settings.get("remote", {})
    return {name: str(each["url"]) for name, each in remotes.items() if each.get("url")}
