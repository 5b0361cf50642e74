"""One root seed, and a named stream of randomness for each use.

A stream depends on the root seed and its name alone: a new use of randomness
elsewhere changes nothing here. Frameworks are seeded when they are installed.
"""

import hashlib
import importlib
import importlib.util
import random
from typing import Any

import numpy as np


def sequence(root: int, name: str) -> np.random.SeedSequence:
    """Derive the seed sequence of a name.

    Parameters
    ----------
    root
        The root seed, at least 0.
    name
        What the stream is for.

    Raises
    ------
    ValueError
        If the root seed is negative.
    """
    if root < 0:
        raise ValueError(f"the root seed is {root}; give an integer of at least 0")
    words = np.frombuffer(hashlib.sha256(name.encode()).digest(), dtype="<u4")
    return np.random.SeedSequence(root, spawn_key=tuple(int(word) for word in words))


def generator(root: int, name: str) -> np.random.Generator:
    """Return the stream of a name.

    Parameters
    ----------
    root
        The root seed, at least 0.
    name
        What the stream is for.

    Examples
    --------
    >>> one, two = generator(1, "a"), generator(1, "a")
    >>> one.integers(100, size=5).tolist() == two.integers(100, size=5).tolist()
    True
    """
    return np.random.Generator(np.random.PCG64(sequence(root, name)))


def integer_seed(root: int, name: str) -> int:
    """Return a seed below 2**32, for scikit-learn's ``random_state``.

    Parameters
    ----------
    root
        The root seed, at least 0.
    name
        What the seed is for.
    """
    return int(sequence(root, name).generate_state(1, np.uint32)[0])


def installed(module: str) -> Any:
    """Import a framework if it is installed, else return None."""
    found = importlib.util.find_spec(module)
    return importlib.import_module(module) if found else None


def seed_frameworks(root: int) -> None:
    """Seed `random`, legacy numpy, PyTorch and TensorFlow, those that are installed.

    PyTorch and TensorFlow are also told to use deterministic algorithms. See
    https://pytorch.org/docs/stable/notes/randomness.html and
    https://www.tensorflow.org/api_docs/python/tf/config/experimental/enable_op_determinism
    """
    random.seed(integer_seed(root, "random"))
    np.random.seed(integer_seed(root, "numpy"))
    if torch := installed("torch"):
        torch.manual_seed(integer_seed(root, "torch"))
        torch.use_deterministic_algorithms(True)
        torch.backends.cudnn.deterministic = True
        torch.backends.cudnn.benchmark = False
    if tensorflow := installed("tensorflow"):
        tensorflow.keras.utils.set_random_seed(integer_seed(root, "tensorflow"))
        tensorflow.config.experimental.enable_op_determinism()


def torch_generator(root: int, name: str) -> Any:
    """Return a ``torch.Generator``, for a DataLoader or a sampler.

    Parameters
    ----------
    root
        The root seed, at least 0.
    name
        What the stream is for.
    """
    torch = importlib.import_module("torch")
    return torch.Generator().manual_seed(integer_seed(root, name))


def seed_torch_worker(_: int) -> None:
    """Seed `random` and legacy numpy in a worker: a DataLoader's ``worker_init_fn``.

    PyTorch seeds itself in each worker, from the generator of the DataLoader.
    """
    torch = importlib.import_module("torch")
    seed = torch.initial_seed() % 2**32
    random.seed(seed)
    np.random.seed(seed)


def jax_key(root: int, name: str) -> Any:
    """Return the JAX key of a name.

    Parameters
    ----------
    root
        The root seed, at least 0.
    name
        What the key is for.
    """
    jax = importlib.import_module("jax")
    return jax.random.key(integer_seed(root, name))
