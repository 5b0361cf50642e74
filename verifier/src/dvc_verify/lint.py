"""Rules against hidden randomness: a plugin of flake8.

`.flake8` loads it from this folder, so that it works in an editor, in the hook and in
CI. It needs nothing but the standard library. A rule sees one file and no types: it
goes by what is imported under which name, and says nothing where it can't know.
"""

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

# What draws whenever it is called, among what takes ``random_state`` in scikit-learn.
DRAWS = frozenset(
    """AdaBoostClassifier AdaBoostRegressor AffinityPropagation BaggingClassifier
    BaggingRegressor BayesianGaussianMixture BernoulliRBM BisectingKMeans
    DecisionTreeClassifier DecisionTreeRegressor DictionaryLearning EllipticEnvelope
    ExtraTreeClassifier ExtraTreeRegressor ExtraTreesClassifier ExtraTreesRegressor
    FastICA GaussianMixture GaussianRandomProjection GradientBoostingClassifier
    GradientBoostingRegressor GroupShuffleSplit HalvingGridSearchCV
    HalvingRandomSearchCV HistGradientBoostingClassifier HistGradientBoostingRegressor
    IsolationForest IterativeImputer KMeans LatentDirichletAllocation LinearSVC
    LinearSVR MDS MLPClassifier MLPRegressor MinCovDet MiniBatchDictionaryLearning
    MiniBatchKMeans MiniBatchNMF MiniBatchSparsePCA Nystroem ParameterSampler
    PassiveAggressiveClassifier PassiveAggressiveRegressor PolynomialCountSketch
    RANSACRegressor RBFSampler RandomForestClassifier RandomForestRegressor
    RandomTreesEmbedding RandomizedSearchCV RepeatedKFold RepeatedStratifiedKFold
    SGDClassifier SGDOneClassSVM SGDRegressor ShuffleSplit SkewedChi2Sampler SparsePCA
    SparseRandomProjection SpectralBiclustering SpectralClustering
    SpectralCoclustering SpectralEmbedding StratifiedShuffleSplit TSNE
    TheilSenRegressor TruncatedSVD fast_mcd k_means kmeans_plusplus
    make_biclusters make_blobs make_checkerboard make_circles make_classification
    make_friedman1 make_friedman2 make_friedman3 make_gaussian_quantiles
    make_hastie_10_2 make_low_rank_matrix make_moons make_multilabel_classification
    make_regression make_s_curve make_sparse_coded_signal make_sparse_spd_matrix
    make_sparse_uncorrelated make_spd_matrix make_swiss_roll mutual_info_classif
    mutual_info_regression permutation_importance randomized_range_finder
    randomized_svd resample shuffle spectral_clustering train_test_split""".split()
)
# What draws only if one of its arguments has one of these values.
DRAWS_IF: dict[str, tuple[str, frozenset[object]]] = {
    **dict.fromkeys(
        ("GroupKFold", "KFold", "StratifiedGroupKFold", "StratifiedKFold"),
        ("shuffle", frozenset({True})),
    ),
    **dict.fromkeys(("NuSVC", "SVC"), ("probability", frozenset({True}))),
    **dict.fromkeys(
        ("ElasticNet", "ElasticNetCV", "Lasso", "LassoCV"),
        ("selection", frozenset({"random"})),
    ),
    **dict.fromkeys(
        ("LogisticRegression", "LogisticRegressionCV", "Ridge", "RidgeClassifier"),
        ("solver", frozenset({"liblinear", "sag", "saga"})),
    ),
    "PCA": ("svd_solver", frozenset({"arpack", "randomized"})),
    "DummyClassifier": ("strategy", frozenset({"stratified", "uniform"})),
}
# What gives a state of its own, if it is given a seed.
SEEDED = frozenset("""random.Random numpy.random.RandomState numpy.random.SeedSequence
    numpy.random.default_rng numpy.random.MT19937 numpy.random.PCG64
    numpy.random.PCG64DXSM numpy.random.Philox numpy.random.SFC64""".split())
STATELESS = frozenset({"numpy.random.Generator", "numpy.random.BitGenerator"})
GLOBAL = ("random.", "numpy.random.", "secrets.")
UNSEEDED = frozenset("""os.urandom uuid.uuid1 uuid.uuid4 torch.manual_seed torch.seed
    tensorflow.random.set_seed""".split())
LISTINGS = frozenset("os.listdir os.scandir os.walk glob.glob glob.iglob".split())
METHODS = frozenset("glob iterdir rglob".split())  # of a Path
# What makes nothing of the order of what it is given.
ORDER_FREE = frozenset("all any frozenset len max min set sorted sum".split())
KEEPS_ORDER = frozenset("enumerate iter list next reversed tuple zip".split())
COLLECTS = frozenset("append appendleft extend insert print write writelines".split())


class File:
    """A file as a rule sees it: its tree, with imports and parents known."""

    def __init__(self, tree: ast.AST) -> None:
        self.names: dict[str, str] = {}
        self.parents: dict[ast.AST, ast.AST] = {}
        self.sets: set[str] = set()
        assigned: dict[str, list[ast.expr]] = {}
        for node in ast.walk(tree):
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
            self._learn_imports(node)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                assigned.setdefault(node.targets[0].id, []).append(node.value)
        for name, values in assigned.items():
            if all(self.is_set(value) for value in values):
                self.sets.add(name)

    def _learn_imports(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for each in node.names:
                top = each.name.partition(".")[0]
                self.names[each.asname or top] = each.name if each.asname else top
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for each in node.names:
                self.names[each.asname or each.name] = f"{node.module}.{each.name}"

    def path(self, node: ast.AST) -> str:
        """Return the full name of what a node names, or "" if that isn't known."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, "")
        if isinstance(node, ast.Attribute):
            before = self.path(node.value)
            return f"{before}.{node.attr}" if before else ""
        return ""

    def builtin(self, node: ast.AST) -> str:
        """Return the name of the built-in function that a node names, or ""."""
        known = isinstance(node, ast.Name) and node.id not in self.names
        return node.id if known and isinstance(node, ast.Name) else ""

    def is_set(self, node: ast.AST) -> bool:
        """Say whether an expression is a set for sure."""
        if isinstance(node, ast.Call):
            return self.builtin(node.func) in ("set", "frozenset")
        if isinstance(node, ast.BinOp):
            signs = (ast.BitOr, ast.BitAnd, ast.BitXor, ast.Sub)
            sides = (self.is_set(node.left), self.is_set(node.right))
            return isinstance(node.op, signs) and any(sides)
        if isinstance(node, ast.Name):
            return node.id in self.sets
        return isinstance(node, (ast.Set, ast.SetComp))

    def order_is_free(self, node: ast.AST) -> bool:
        """Say whether what a node gives goes where its order makes no difference."""
        parent = self.parents.get(node)
        if isinstance(parent, ast.comprehension):
            parent = self.parents[parent]
            if isinstance(parent, (ast.SetComp, ast.DictComp)):
                return isinstance(parent, ast.SetComp)
            return self.order_is_free(parent)
        if isinstance(parent, ast.Call) and node in parent.args:
            return self.builtin(parent.func) in ORDER_FREE
        if isinstance(parent, (ast.Set, ast.Starred)):
            return isinstance(parent, ast.Set) or self.order_is_free(parent)
        return isinstance(parent, ast.Compare)


class Rule(ABC):
    """One rule: its code, what it is against, and what to do instead."""

    code: ClassVar[str]
    title: ClassVar[str]
    remedy: ClassVar[str]

    @abstractmethod
    def finds(self, node: ast.AST, file: File) -> str:
        """Return what is wrong with a node, or ""."""


class NoRandomState(Rule):
    """A splitter or an estimator that draws, without a seed."""

    code = "RND101"
    title = "draws without random_state"
    remedy = "give it an integer seed, drawn for this use"

    def finds(self, node: ast.AST, file: File) -> str:
        """Look at calls of what scikit-learn has."""
        if not isinstance(node, ast.Call):
            return ""
        path = file.path(node.func)
        name = path.rpartition(".")[2]
        given = {each.arg: each.value for each in node.keywords}
        if not path.startswith("sklearn.") or None in given:  # None: **arguments
            return ""
        if name in DRAWS_IF:
            argument, values = DRAWS_IF[name]
            value = given.get(argument)
            draws = isinstance(value, ast.Constant) and value.value in values
        else:
            draws = name in DRAWS
        state = given.get("random_state", ast.Constant(None))
        missing = isinstance(state, ast.Constant) and state.value is None
        return name if draws and missing else ""


class GlobalState(Rule):
    """Randomness of the whole process, which every other use of it moves."""

    code = "RND102"
    title = "is randomness of the whole process, or that no seed reaches"
    remedy = "take a seeded stream, made for this use"

    def finds(self, node: ast.AST, file: File) -> str:
        """Look at calls of random, of numpy's legacy functions, and of the system."""
        if not isinstance(node, ast.Call):
            return ""
        path = file.path(node.func)
        if path in SEEDED:
            return "" if node.args or node.keywords else f"{path} without a seed"
        found = path in UNSEEDED or (path.startswith(GLOBAL) and path not in STATELESS)
        return path if found else ""


class HashSeedInside(Rule):
    """A hash seed set after the interpreter has read it."""

    code = "RND103"
    title = "does nothing in a process that runs"
    remedy = "set it before Python starts"

    def finds(self, node: ast.AST, file: File) -> str:
        """Look at what is put into the environment."""
        key: ast.AST | None = None
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            if file.path(node.targets[0].value) == "os.environ":
                key = node.targets[0].slice
        elif isinstance(node, ast.Call) and node.args:
            if file.path(node.func) in ("os.environ.setdefault", "os.putenv"):
                key = node.args[0]
        named = isinstance(key, ast.Constant) and key.value == "PYTHONHASHSEED"
        return "PYTHONHASHSEED" if named else ""


class UnsortedListing(Rule):
    """The order in which a file system gives its files."""

    code = "RND104"
    title = "gives files in the order of the file system"
    remedy = "put it into sorted()"

    def finds(self, node: ast.AST, file: File) -> str:
        """Look at listings of folders whose order reaches further."""
        if not isinstance(node, ast.Call) or file.order_is_free(node):
            return ""
        path = file.path(node.func)
        if path in LISTINGS:
            return path
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        return method if method in METHODS and not path else ""


class SetOrder(Rule):
    """The order of a set, which follows the hash seed."""

    code = "RND105"
    title = "keeps the order of a set, which changes with the hash seed"
    remedy = "put the set into sorted()"

    def finds(self, node: ast.AST, file: File) -> str:
        """Look at what makes a sequence of a set."""
        if not file.is_set(node) or isinstance(file.parents.get(node), ast.BinOp):
            return ""
        parent = file.parents.get(node)
        if isinstance(parent, ast.comprehension):
            sequence = file.parents[parent]
            kept = isinstance(sequence, (ast.ListComp, ast.DictComp))
            return "a comprehension" if kept and not file.order_is_free(node) else ""
        if isinstance(parent, ast.For) and parent.iter is node:
            return "a loop" if self.collects(parent) else ""
        if isinstance(parent, ast.Call) and node in parent.args:
            name = file.builtin(parent.func)
            if isinstance(parent.func, ast.Attribute) and parent.func.attr == "join":
                return "join"
            kept = name in KEEPS_ORDER and not file.order_is_free(parent)
            return name if kept else ""
        return ""

    @staticmethod
    def collects(loop: ast.For) -> bool:
        """Say whether a loop writes or collects something at each turn."""
        for node in (each for line in loop.body for each in ast.walk(line)):
            if isinstance(node, (ast.Yield, ast.YieldFrom)):
                return True
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in COLLECTS:
                    return True
        return False


class HashKept(Rule):
    """The hash of a value, which is another one in another process."""

    code = "RND106"
    title = "is another number in another process"
    remedy = "take hashlib.blake2b of its text"

    def finds(self, node: ast.AST, file: File) -> str:
        """Look at calls of the built-in hash outside ``__hash__``."""
        if not isinstance(node, ast.Call) or file.builtin(node.func) != "hash":
            return ""
        above: ast.AST | None = node
        while above is not None and not isinstance(above, ast.FunctionDef):
            above = file.parents.get(above)
        return "" if above is not None and above.name == "__hash__" else "hash()"


class EnvironmentRead(Rule):
    """A result that a variable of the environment can change, unseen."""

    code = "RND107"
    title = "reads the environment, which nothing records"
    remedy = "put the value into params.yaml"

    def finds(self, node: ast.AST, file: File) -> str:
        """Look at os.environ and os.getenv, but not at what is only set."""
        path = file.path(node)
        if path == "os.getenv":
            return path
        parent = file.parents.get(node)
        written = isinstance(parent, ast.Subscript) and not isinstance(
            parent.ctx, ast.Load
        )
        return path if path == "os.environ" and not written else ""


RULES = tuple(rule() for rule in Rule.__subclasses__())


class Plugin:
    """What flake8 starts for each file."""

    name = "hidden-randomness"
    version = "1"

    def __init__(self, tree: ast.AST) -> None:
        self.tree = tree

    def run(self) -> Iterator[tuple[int, int, str, type]]:
        """Yield line, column, message and this class for each finding."""
        file = File(self.tree)
        for node in ast.walk(self.tree):
            for rule in RULES:
                if found := rule.finds(node, file):
                    message = f"{rule.code} {found} {rule.title}; {rule.remedy}"
                    line = getattr(node, "lineno", 1)
                    yield line, getattr(node, "col_offset", 0), message, type(self)
