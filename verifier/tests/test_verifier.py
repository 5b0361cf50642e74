"""What a certificate says of the verifier that ran."""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest

from dvc_verify import __version__
from dvc_verify.certificate import verifier
from dvc_verify.certificate.verifier import code_digest, describe_verifier, read_code
from dvc_verify.errors import Refusal
from dvc_verify.repository.source import Repository
from made import commit, make_repository

WHEEL = "tools/the_tool-1.0-py3-none-any.whl"
DIRECT = "direct_url.json"


def wheel_of(files: dict[str, bytes]) -> bytes:
    """Return a wheel that installs files of code."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"dvc_verify/{name}", content)
        archive.writestr("dvc_verify-1.0.dist-info/METADATA", "Name: dvc-verify")
        archive.writestr("dvc_verify/py.typed", "")
    return stream.getvalue()


def holding(root: Path, content: bytes, digest: str = "") -> Repository:
    """Return a repository with a wheel in it, and a file that names it."""
    made = make_repository(root, {"a.txt": "x"})
    (root / "tools").mkdir()
    (root / WHEEL).write_bytes(content)
    digest = digest or hashlib.sha256(content).hexdigest()
    commit(root, {"tools.txt": f"# a wheel\n./{WHEEL} --hash=sha256:{digest}\n"})
    return made


def test_the_wheel_that_is_named_and_runs_is_told(tmp_path: Path) -> None:
    content = wheel_of(read_code(verifier.HOME))
    told = describe_verifier(holding(tmp_path / "project", content), "tools.txt")
    assert told == {
        "version": __version__,
        "wheel": hashlib.sha256(content).hexdigest(),
        "code": code_digest(read_code(verifier.HOME)),
    }


@pytest.mark.parametrize("name", ["lint.py", "certificate/certificate.schema.json"])
def test_a_wheel_of_other_code_than_runs_is_refused(tmp_path: Path, name: str) -> None:
    files = read_code(verifier.HOME)
    content = wheel_of({**files, name: files[name] + b"\n"})
    made = holding(tmp_path / "project", content)
    with pytest.raises(
        Refusal, match=f"the verifier that runs is not {WHEEL}; install"
    ):
        describe_verifier(made, "tools.txt")


def test_another_wheel_than_is_named_is_refused(tmp_path: Path) -> None:
    made = holding(tmp_path / "project", wheel_of(read_code(verifier.HOME)), "0" * 64)
    with pytest.raises(Refusal, match=f"{WHEEL} of HEAD is not the wheel that tools.t"):
        describe_verifier(made, "tools.txt")


def test_a_file_that_names_no_wheel_is_refused(tmp_path: Path) -> None:
    made = make_repository(tmp_path / "project", {"tools.txt": "dvc==3\n"})
    for name in ("tools.txt", "gone.txt"):
        with pytest.raises(Refusal, match=f"{name} of HEAD names no wheel with its ha"):
            describe_verifier(made, name)


def test_the_digest_of_code_is_that_of_every_file_and_its_name() -> None:
    files = read_code(verifier.HOME)
    assert {"lint.py", "runs/launch.py", "certificate/certificate.schema.json"} <= {
        *files
    }
    here = code_digest(files)
    assert code_digest(dict(reversed(files.items()))) == here
    digests = {here, code_digest({**files, "new.py": b""})}
    digests.add(code_digest({**files, "lint.py": b"changed"}))
    moved = {name.replace("lint", "rules"): text for name, text in files.items()}
    assert len({*digests, code_digest(moved)}) == 4


def installed(folder: Path, direct: str | None) -> None:
    """Write what an installer writes about the verifier into a folder."""
    home = folder / "dvc_verify-1.0.dist-info"
    home.mkdir(parents=True)
    (home / "METADATA").write_text("Metadata-Version: 2.1\nName: dvc-verify\n")
    if direct is not None:
        (home / DIRECT).write_text(direct)


@pytest.mark.parametrize(
    ("direct", "digest"),
    [
        (None, ""),
        ("{}", ""),
        ("[]", ""),
        ("{", ""),
        (json.dumps({"archive_info": {}}), ""),
        (json.dumps({"archive_info": {"hashes": {"sha256": "1" * 64}}}), "1" * 64),
        (json.dumps({"archive_info": {"hash": "sha256=" + "2" * 64}}), "2" * 64),
        (json.dumps({"archive_info": {"hash": "md5=" + "2" * 32}}), ""),
    ],
)
def test_without_a_name_it_is_the_wheel_that_the_installer_wrote_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, direct: str | None, digest: str
) -> None:
    installed(tmp_path, direct)
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    assert verifier.installed_wheel() == ""  # another one than runs
    monkeypatch.setattr(verifier, "HOME", tmp_path / "dvc_verify")
    assert verifier.installed_wheel() == digest
