"""The rules against hidden randomness: what each finds, and what it lets pass."""

import ast

import pytest

from dvc_verify import lint

IMPORTS = """
import glob, os, random, secrets, uuid
import numpy as np
import sklearn.cluster as cluster
from numpy.random import default_rng, rand
from pathlib import Path
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold, ShuffleSplit, train_test_split
"""


def codes(source: str) -> list[str]:
    """Return the codes of the findings in a source after the imports."""
    found = lint.Plugin(ast.parse(IMPORTS + source)).run()
    return [message.split()[0] for _, _, message, _ in found]


BAD = {
    "RND101": [
        "train_test_split(x)",
        "train_test_split(x, random_state=None)",
        "cluster.KMeans(3)",
        "KFold(3, shuffle=True)",
        "LogisticRegression(solver='saga')",
        "PCA(2, svd_solver='randomized')",
        "ShuffleSplit(3)",
    ],
    "RND102": [
        "random.random()",
        "random.seed(1)",
        "np.random.seed(1)",
        "np.random.shuffle(x)",
        "rand(3)",
        "default_rng()",
        "random.Random()",
        "uuid.uuid4()",
        "os.urandom(8)",
        "secrets.token_hex()",
    ],
    "RND103": [
        "os.environ['PYTHONHASHSEED'] = '0'",
        "os.environ.setdefault('PYTHONHASHSEED', '0')",
        "os.putenv('PYTHONHASHSEED', '0')",
    ],
    "RND104": [
        "for name in os.listdir(x): read(name)",
        "paths = list(Path(x).glob('*.csv'))",
        "paths = [path for path in Path(x).rglob('*')]",
        "first = next(Path(x).iterdir())",
        "frames = [read(path) for path in glob.glob('*.csv')]",
        "os.walk(x)",
    ],
    "RND105": [
        "names = list({1, 2})",
        "text = ','.join(set(names))",
        "names = [name for name in set(names)]",
        "wanted = set(x)\ncolumns = tuple(wanted)",
        "for name in set(x) | {1}:\n    columns.append(name)",
        "table = {name: 1 for name in frozenset(x)}",
        "pairs = enumerate({'a', 'b'})",
    ],
    "RND106": ["side = hash(name) % 2", "key = {hash(x): x}"],
    "RND107": ["path = os.environ['DATA']", "os.getenv('A')", "os.environ.get('A')"],
}
GOOD = [
    "train_test_split(x, random_state=seed)",
    "train_test_split(x, **options)",
    "KFold(3)",
    "LogisticRegression()",
    "Ridge(alpha=1)",
    "PCA(2)",
    "other.KMeans(3)",
    "default_rng(seed)",
    "np.random.Generator(np.random.PCG64(seed))",
    "random.Random(3)",
    "stream.random()",
    "for name in sorted(os.listdir(x)): read(name)",
    "paths = sorted(path for path in Path(x).glob('*') if path)",
    "count = len(list_of(x)) + sum(1 for _ in ())",
    "names = {path.name for path in Path(x).rglob('*')}",
    "found = any(path.suffix for path in Path(x).iterdir())",
    "known = set(os.listdir(x))",
    "names = sorted({1, 2})",
    "both = set(x) & set(y)",
    "text = ','.join(sorted(set(names)))",
    "for name in {1, 2}:\n    check(name)",
    "wanted = set(x)\nwanted = list(y)\ncolumns = tuple(wanted)",
    "size = len({1, 2})",
    "class A:\n    def __hash__(self):\n        return hash(self.name)",
    "side = stable.hash(name)",
    "os.environ['A'] = 'b'",
]


@pytest.mark.parametrize(
    ("code", "source"),
    [(code, source) for code, sources in BAD.items() for source in sources],
)
def test_hidden_randomness_is_found(code: str, source: str) -> None:
    assert codes(source).count(code) == 1


@pytest.mark.parametrize("source", GOOD)
def test_what_is_right_passes(source: str) -> None:
    assert codes(source) == []


def test_every_rule_has_bad_code_and_a_remedy() -> None:
    assert [rule.code for rule in lint.RULES] == sorted(BAD)
    assert all(rule.title and rule.remedy for rule in lint.RULES)
