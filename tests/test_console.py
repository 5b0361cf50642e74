"""Pages are run as they stand: the runner itself, on pages of its own."""

import sys
from pathlib import Path

import pytest

from .e2e.console import agrees, run_page, steps

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the pages are read by bash"
)

PAGE = """
```console
$ cd inner
$ cat note.txt
old
```

```diff
--- inner/note.txt
-old
+new
```

<!-- file: inner/more.txt -->
```python
more = 1
```

<!-- fails -->
```console
$ cat note.txt more.txt
n...
more = 1
$ cat gone.txt
cat: ...
```

<!-- not executed: it would end the shell -->
```console
$ exit 3
```
"""


def run(folder: Path, text: str) -> int:
    """Run a page that stands in a folder."""
    (folder / "inner").mkdir()
    (folder / "inner/note.txt").write_text("old\n", encoding="utf-8")
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    return run_page(page, folder, {"LC_ALL": "C"})


def test_a_page_runs_in_one_shell(tmp_path: Path) -> None:
    assert run(tmp_path, PAGE) == 4
    assert (tmp_path / "inner/note.txt").read_text() == "new\n"


def test_a_page_does_not_see_the_make_that_runs_the_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAKELEVEL", "1")
    assert run(tmp_path, '```console\n$ echo "<$MAKELEVEL>"\n<>\n```\n') == 1


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("old\n```\n\n", "other\n```\n\n", "cat note.txt\nold"),
        ("<!-- fails -->", "", "gone.txt"),
        ("$ cat gone.txt\ncat: ...\n", "$ true\n", "ended with 0"),
        ("-old", "-gone", "has not one 'gone'"),
        ("more = 1", "less = 1", "less = 1"),
        ("<!-- not executed: it would end the shell -->", "", "the shell ended"),
    ],
)
def test_a_page_that_is_wrong_is_found(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    assert old in PAGE
    with pytest.raises(AssertionError, match=words):
        run(tmp_path, PAGE.replace(old, new, 1))


@pytest.mark.parametrize("language", ["", "bash", "sh"])
def test_commands_in_another_block_are_refused(language: str) -> None:
    with pytest.raises(ValueError, match="can't be executed"):
        list(steps(f"```{language}\nrm file\n```\n"))


def test_a_file_that_is_there_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        run(tmp_path, "<!-- file: inner/note.txt -->\n```python\nnew\n```\n")


def test_an_indented_block_is_refused() -> None:
    with pytest.raises(ValueError, match="begin it in column 1"):
        list(steps("- item\n  ```console\n  $ true\n  ```\n"))


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("", "", True),
        ("", "anything\n", False),
        ("...\n", "anything\n", True),
        ("a\n", "a\n", True),
        ("a\n", "b\n", False),
        ("a\n", "a\nb\n", False),
        ("...\nb\n", "b\n", True),
        ("a\n...\nd\n", "a\nb\nc\nd\n", True),
        ("a\n...\nd\n", "a\nb\nc\n", False),
        ("1.5 s...\n", "1x5 s\n", False),
    ],
)
def test_what_is_shown_is_compared(shown: str, printed: str, same: bool) -> None:
    assert agrees(shown, printed) is same
