"""What a certificate is worth: consistent, current, signed, or not."""

import copy
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import dvc_verify
from dvc_verify.certificate.document import (
    canonical_digest,
    inconsistencies,
    read,
    verdict,
    write,
)
from dvc_verify.certificate.signature import sign, signer
from dvc_verify.certificate.state import current_inputs, state
from dvc_verify.errors import Refusal
from dvc_verify.repository.source import Repository
from made import (
    FINDING,
    commit,
    made_output,
    made_record,
    make_repository,
    sealed,
)

PIPELINE = {"dvc.yaml": "stages: {}\n", "lock.txt": "a==1\n"}


def test_the_digest_is_that_of_the_content_in_any_order() -> None:
    record = made_record()
    backwards = dict(reversed(record.items()))
    assert canonical_digest(backwards) == canonical_digest(record)
    assert canonical_digest({**record, "digest": "x"}) == record["digest"]
    assert canonical_digest({**record, "notes": ["x"]}) != record["digest"]


def test_a_made_record_is_consistent() -> None:
    assert inconsistencies(made_record()) == []


def test_a_changed_field_makes_the_digest_wrong() -> None:
    record = {**made_record(), "commit": "1" * 40}
    assert inconsistencies(record) == ["its digest is not that of its content"]


DIFFERENT = {"runs": "different", "experiment": "1" * 32}
TAMPERED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "grade": (
        {"grade": "same content"},
        ["its grade is 'same content', its outputs give 'identical'"],
    ),
    "verdict": (
        {"verdict": "partial"},
        ["its verdict is 'partial', it should be 'verified'"],
    ),
    "a finding": (
        {"findings": [FINDING]},
        ["its verdict is 'verified', it should be 'failed'"],
    ),
    "what is missing": (
        {"scope": {**made_record()["scope"], "missing": ["clock"]}},
        ["its verdict is 'verified', it should be 'partial'"],
    ),
    "the grade of an output": (
        {"outputs": [made_output(**DIFFERENT)]},
        ["the grade of out.txt is not that of its digests"],
    ),
    "the committed grade of an output": (
        {"outputs": [made_output(committed="same content")]},
        ["the grade of out.txt is not that of its digests"],
    ),
    "a digest of an output": (
        {"outputs": [made_output(experiment="1" * 32)]},
        ["the grade of out.txt is not that of its digests"],
    ),
    "digests that are alike": (
        {
            "outputs": [made_output(runs="same content", grade="same content")],
            "grade": "same content",
        },
        ["the grade of out.txt is not that of its digests"],
    ),
    **{
        f"the count of {name}": (
            {"scope": {**made_record()["scope"], name: 9}},
            [
                f"its scope counts 9 {name}, its lists "
                f"{made_record()['scope'][name]}"
            ],
        )
        for name in ("stages", "traced", "tried", "fixed")
    },
    "a stage that was not traced": (
        {"stages": [{"name": "use", "runs": 2, "trace": "failed"}]},
        ["its scope counts 1 traced, its lists 0"],
    ),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_what_does_not_follow_is_told_though_the_digest_is_right(name: str) -> None:
    changes, told = TAMPERED[name]
    assert inconsistencies(made_record(**changes)) == told


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("format",), 1),
        (("format",), True),
        (("commit",), "HEAD"),
        (("digest",), "x"),
        (("verdict",), "good"),
        (("grade",), "good"),
        (("inputs", "tree"), "x"),
        (("inputs", "more"), "x"),
        (("platform", "cpu"), 1),
        (("stages", 0, "runs"), -1),
        (("stages", 0, "trace"), "clean"),
        (("outputs", 0, "control"), "x"),
        (("outputs", 0, "size"), 1.5),
        (("outputs", 0, "runs"), "good"),
        (("factors", 0, "grade"), "not tried"),
        (("findings",), [{**FINDING, "kind": "new"}]),
        (("scope", "missing"), ["time"]),
        (("more",), 1),
    ],
    ids=str,
)
def test_what_the_schema_does_not_know_is_told(
    place: tuple[str | int, ...], value: Any
) -> None:
    record = copy.deepcopy(made_record())
    target: Any = record
    for name in place[:-1]:
        target = target[name]
    target[place[-1]] = value
    if place != ("digest",):
        record = sealed(record)
    assert len(inconsistencies(record)) == 1


@pytest.mark.parametrize("name", sorted(made_record()))
def test_no_part_may_be_missing(name: str) -> None:
    record = made_record()
    del record[name]
    assert inconsistencies(record) == [f"'{name}' is a required property"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "verified"),
        ({"outputs": []}, "verified"),
        ({"outputs": [made_output(grade="within tolerance")]}, "verified"),
        ({"outputs": [made_output(), made_output(grade="different")]}, "failed"),
        ({"findings": [FINDING]}, "failed"),
        ({"scope": {"missing": ["network"]}}, "partial"),
        ({"scope": {"missing": ["network"]}, "findings": [FINDING]}, "failed"),
    ],
)
def test_the_verdict_is_that_of_the_worst(changes: dict[str, Any], told: str) -> None:
    assert verdict({**made_record(), **changes}) == told


@pytest.fixture(name="repository")
def fixture_repository(tmp_path: Path) -> Repository:
    """Return a repository with a certificate that is not committed."""
    made = make_repository(tmp_path / "project", PIPELINE)
    certify(made)
    return made


def certify(repository: Repository, **changes: Any) -> Path:
    """Write a certificate of a repository as it is."""
    path = repository.certificate
    lock = "lock.txt"
    inputs = current_inputs(repository, lock)
    write(path, made_record(lock=lock, inputs=inputs, **changes))
    return path


def test_a_certificate_without_a_signature_is_unsigned(repository: Repository) -> None:
    assert state(repository) == ("unsigned", [])
    assert repository.changed() == []


def test_a_certificate_that_is_committed_is_not_stale(repository: Repository) -> None:
    commit(repository.root, {f"{repository.record}.sig": "a signature\n"})
    Path(f"{repository.certificate}.sig").unlink()
    now = Repository(repository.root)
    assert now.head != repository.head
    assert state(now) == ("unsigned", [])


@pytest.mark.parametrize(
    ("files", "changed"),
    [
        ({"new.txt": ""}, "tree"),
        ({"reports/other.json": ""}, "tree"),
        ({"dvc.yaml": "stages: {a: {cmd: b}}\n"}, "files, tree"),
        ({"dvc.lock": "schema: '2.0'\n"}, "files, tree"),
        ({"params.yaml": "a: 1\n"}, "files, tree"),
        ({"lock.txt": "a==2\n"}, "files, tree"),
    ],
)
def test_a_certificate_of_other_inputs_is_stale(
    repository: Repository, files: dict[str, str], changed: str
) -> None:
    commit(repository.root, files)
    told = state(Repository(repository.root))
    assert told == ("stale", [f"not as it was verified: {changed}"])


def test_a_certificate_of_other_packages_is_stale(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata = tmp_path / "more" / "a_new_one-1.0.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("Metadata-Version: 2.1\nName: a-new-one\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(str(tmp_path / "more"))
    told = state(repository)
    assert told == ("stale", ["not as it was verified: packages"])


def test_a_certificate_is_inconsistent_before_it_is_stale(
    repository: Repository,
) -> None:
    certify(repository, grade="different")
    commit(repository.root, {"new.txt": ""})
    told, reasons = state(Repository(repository.root))
    assert told == "inconsistent"
    assert len(reasons) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "is missing; a verification writes it"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "has format None; this version reads 2"),
        ('{"format": 1}', "has format 1; this version reads 2"),
        ("{}", "has format None"),
    ],
)
def test_a_file_that_is_no_certificate_is_one_line(
    tmp_path: Path, text: str | None, reason: str
) -> None:
    path = tmp_path / "certificate.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(Refusal, match=reason) as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "certificate.json").write_bytes(b"\xff\xfe{")
    with pytest.raises(Refusal, match="is not JSON"):
        read(tmp_path / "certificate.json")


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "certificate.json"
    write(path, made_record())
    assert read(path) == made_record()
    assert list(path.parent.iterdir()) == [path]
    assert path.read_bytes().endswith(b"}\n")


def test_a_certificate_that_can_not_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Refusal, match="can't be written"):
        write(tmp_path / "file" / "certificate.json", made_record())


@pytest.fixture(name="key")
def fixture_key(tmp_path: Path) -> Path:
    """Return a new key of SSH."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed")
    path = tmp_path / "key"
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)]
    subprocess.run(words, check=True)
    return path


def test_a_signature_names_its_key(repository: Repository, key: Path) -> None:
    path = repository.certificate
    assert signer(path) == ""
    for _ in range(2):  # a signature takes the place of another one
        sign(path, key)
        shown = subprocess.run(
            ["ssh-keygen", "-l", "-f", str(key)], capture_output=True, check=True
        ).stdout.decode()
        assert signer(path) == shown.split()[1]
    assert state(repository) == (f"signed by {signer(path)}", [])
    assert repository.changed() == []


def test_a_signature_is_read_in_any_locale(repository: Repository, key: Path) -> None:
    path = repository.certificate
    sign(path, key)
    assert "é" in path.read_text(encoding="utf-8")
    script = "import sys; from pathlib import Path; from dvc_verify.certificate import "
    script += "signature; print(signature.signer(Path(sys.argv[1])))"
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    shown = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        cwd=Path(dvc_verify.__file__).parents[1],
        env={**os.environ, **ascii_only},
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.stdout.strip() == signer(path), shown.stderr


def test_a_signature_of_something_else_is_refused(
    repository: Repository, key: Path
) -> None:
    path = repository.certificate
    beside = Path(f"{path}.sig")
    sign(path, key)
    kept = beside.read_text()
    certify(repository, notes=["another one"])
    assert state(repository) == ("unsigned", [])  # the signature of the old one is gone
    beside.write_text(kept)
    with pytest.raises(Refusal, match="is not a signature of certificate.json"):
        state(repository)
    beside.write_text("nothing")
    with pytest.raises(Refusal, match="is not a signature of certificate.json"):
        state(repository)


def test_a_key_that_can_not_sign_leaves_the_signature(
    repository: Repository, key: Path, tmp_path: Path
) -> None:
    path = repository.certificate
    sign(path, key)
    told = signer(path)
    (tmp_path / "no-key").write_text("nothing")
    with pytest.raises(Refusal, match="no-key can't sign: "):
        sign(path, tmp_path / "no-key")
    assert signer(path) == told


def test_a_signature_for_another_purpose_is_refused(
    repository: Repository, key: Path
) -> None:
    path = repository.certificate
    words = ["ssh-keygen", "-Y", "sign", "-q", "-n", "git", "-f", str(key), str(path)]
    subprocess.run(words, check=True)
    with pytest.raises(Refusal, match="is not a signature"):
        signer(path)


def test_a_key_that_can_not_sign_is_one_line(repository: Repository, key: Path) -> None:
    with pytest.raises(Refusal, match="can't sign: ") as caught:
        sign(repository.certificate, key.with_name("no key"))
    assert "\n" not in str(caught.value)


def test_without_ssh_signatures_are_refused_in_words(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(f"{repository.certificate}.sig").write_text("a signature")
    monkeypatch.setenv("PATH", str(repository.root))
    with pytest.raises(Refusal, match="ssh-keygen is not installed"):
        signer(repository.certificate)
