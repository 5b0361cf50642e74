"""What of a user's settings reaches the installers."""

import os
import sys
from pathlib import Path

import pytest

from requirements import settings

URL = "https://packages.example.com/simple"
KEPT = {
    "PIP_INDEX_URL": URL,
    "PIP_EXTRA_INDEX_URL": URL,
    "PIP_CERT": "/certificates.pem",
    "PIP_PROXY": "http://proxy.example.com:8080",
    "PIP_TRUSTED_HOST": "packages.example.com",
    "UV_DEFAULT_INDEX": URL,
    "UV_INDEX_OWN_USERNAME": "me",
    "UV_SYSTEM_CERTS": "1",
    "HTTPS_PROXY": "http://proxy.example.com:8080",
    "SSL_CERT_FILE": "/certificates.pem",
    "REQUESTS_CA_BUNDLE": "/certificates.pem",
    "NO_PROXY": "localhost",
    "PYTHONUNBUFFERED": "1",
}
CLEARED = """
PYTHONPATH PYTHONHOME PYTHONOPTIMIZE PYTHONSAFEPATH PYTHONSTARTUP PYTHONUSERBASE
PYTHONWARNINGS PYTHONINSPECT PYTHONPLATLIBDIR PYTHONNOUSERSITE PYTHONIOENCODING
PIP_TARGET PIP_PREFIX PIP_ROOT PIP_USER PIP_CONSTRAINT PIP_BUILD_CONSTRAINT PIP_DRY_RUN
PIP_NO_BINARY PIP_ONLY_BINARY PIP_NO_DEPS PIP_REQUIRE_VIRTUALENV PIP_PYTHON PIP_REPORT
PIP_target PIP_PRE PIP_REQUIREMENT PIP_EDITABLE PIP_NO_BUILD_ISOLATION PIP_QUIET
UV_TARGET UV_PREFIX UV_PYTHON UV_SYSTEM_PYTHON UV_PROJECT_ENVIRONMENT UV_NO_BUILD
UV_NO_BINARY UV_EXCLUDE_NEWER UV_CONSTRAINT UV_OVERRIDE UV_LINK_MODE UV_PRERELEASE
VIRTUAL_ENV CONDA_PREFIX
""".split()


def test_ways_to_packages_are_kept_and_the_rest_is_not() -> None:
    given = {**KEPT, **dict.fromkeys(CLEARED, "x"), "HOME": "/home/me"}
    assert settings.keep(given) == {**KEPT, "HOME": "/home/me"}


@pytest.fixture(name="home")
def fixture_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return the environment of a user without settings."""
    monkeypatch.chdir(tmp_path)
    base = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT") if key in os.environ}
    places = ("HOME", "USERPROFILE", "APPDATA", "PROGRAMDATA", "XDG_CONFIG_HOME")
    return {**base, **dict.fromkeys((*places, "XDG_CONFIG_DIRS"), str(tmp_path))}


def found(environ: dict[str, str]) -> dict[str, str]:
    """Return what installers get of pip's and uv's settings.

    Certificates aside: a file of the whole machine may name some.
    """
    given = settings.for_installers(Path(sys.executable), environ)
    names = [name for name in given if name[:4] in ("PIP_", "UV_I", "UV_D")]
    return {name: given[name] for name in names if name != "PIP_CERT"}


NULL = {"PIP_CONFIG_FILE": os.devnull}
TOLD = {"UV_INDEX_STRATEGY": "unsafe-best-match"}


def test_a_file_of_pip_gives_what_is_kept_and_no_more(
    home: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "own.conf"
    path.write_text(
        "[global]\nindex-url = https://one.example.com\nuser = true\ntarget = /t\n"
        "[install]\nindex-url = https://two.example.com\nno-binary = :all:\n"
        "extra-index-url =\n    https://a.example.com\n    https://b.example.com\n"
        "[download]\nindex-url = https://three.example.com\n"
    )
    others = "https://a.example.com https://b.example.com"
    environ = {**home, "PIP_CONFIG_FILE": str(path)}
    assert found(environ) == {
        **NULL,
        **TOLD,
        "PIP_INDEX_URL": "https://two.example.com",
        "UV_DEFAULT_INDEX": "https://two.example.com",
        "PIP_EXTRA_INDEX_URL": others,
        "UV_INDEX": others,
    }
    # What the environment says is the stronger.
    assert found({**environ, "PIP_INDEX_URL": URL})["PIP_INDEX_URL"] == URL


def test_a_file_of_uv_gives_what_is_kept_and_no_more(
    home: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        f'no-binary = true\n[[index]]\nname = "own"\nurl = "{URL}"\ndefault = true\n'
        '[[index]]\nurl = "https://more.example.com"\n'
        '[[index]]\nname = "x"\nurl = "https://x.example.com"\nexplicit = true\n'
        "[pip]\nsystem = true\n"
    )
    environ = {**home, **NULL, "UV_CONFIG_FILE": str(path)}
    assert found(environ) == {
        **NULL,
        "UV_DEFAULT_INDEX": f"own={URL}",
        "PIP_INDEX_URL": URL,
        "UV_INDEX": "https://more.example.com",
        "PIP_EXTRA_INDEX_URL": "https://more.example.com",
    }
    old = "https://old.example.com"
    assert found({**environ, "UV_INDEX_URL": old})["UV_DEFAULT_INDEX"] == old


def test_each_keeps_an_index_of_its_own(home: dict[str, str]) -> None:
    own = {"PIP_INDEX_URL": "https://p.example.com", "UV_DEFAULT_INDEX": URL}
    assert found({**home, **NULL, **own}) == {**NULL, **own}


def test_a_file_that_cannot_be_read_is_named(
    home: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "bad"
    path.write_text("[[[\n")
    with pytest.raises(ValueError, match="bad is not TOML"):
        found({**home, "UV_CONFIG_FILE": str(path)})
    with pytest.raises(ValueError, match="bad|pip's settings"):
        found({**home, "PIP_CONFIG_FILE": str(path)})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("uv.toml", "index = 3\n"),
        ("uv.toml", "index = ['https://a.example.com']\n"),
        ("uv.toml", "[[index]]\nname = 'own'\n"),
        ("uv.toml", "pip = 3\n"),
        ("pyproject.toml", "tool = 3\n"),
        ("pyproject.toml", "tool.uv = 3\n"),
    ],
)
def test_settings_of_uv_in_another_shape_are_one_line(
    home: dict[str, str], tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError) as refused:
        found({**home, **NULL})
    assert str(refused.value) == f"{tmp_path / name}: uv's settings can't be read"


def test_a_project_file_that_is_not_toml_is_passed_over(
    home: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text("[[[\n", encoding="utf-8")
    assert found({**home, **NULL}) == NULL
