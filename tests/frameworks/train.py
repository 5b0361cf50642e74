"""Train a small network with one framework, and print a digest of its weights.

    python train.py FOLDER FRAMEWORK seeded|unseeded

FOLDER is that of `runtime` in a bake. Each function uses what a user would: initial
weights, shuffled batches, dropout, and workers that load data.
"""

import hashlib
import importlib.util
import random
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

ROOT_SEED = 20200416
ROWS, COLUMNS = 256, 16


def load_seeding(folder: Path) -> ModuleType:
    """Import the module as it stands in a bake, without what the bake installs."""
    spec = importlib.util.spec_from_file_location("seeding", folder / "seeding.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def table() -> tuple[np.ndarray, np.ndarray]:
    """Return the same inputs and targets in every process."""
    generator = np.random.Generator(np.random.PCG64(0))
    x = generator.normal(size=(ROWS, COLUMNS)).astype("float32")
    return x, (x.sum(axis=1, keepdims=True) > 0).astype("float32")


def train_pytorch(seeding: ModuleType, seeded: bool) -> list[np.ndarray]:
    """Train with dropout and a DataLoader of two workers that add noise."""
    import torch
    from torch.utils.data import DataLoader, Dataset

    inputs, targets = table()

    class Noisy(Dataset):
        """Rows with noise from legacy numpy and `random`, drawn in the worker."""

        def __len__(self) -> int:
            return ROWS

        def __getitem__(self, row: int) -> tuple[Any, Any]:
            noise = np.random.normal(0, 0.1, COLUMNS) + random.random()
            return inputs[row] + noise.astype("float32"), targets[row]

    options: dict[str, Any] = {}
    if seeded:
        options["generator"] = seeding.torch_generator(ROOT_SEED, "batches")
        options["worker_init_fn"] = seeding.seed_torch_worker
    loader = DataLoader(Noisy(), 32, shuffle=True, num_workers=2, **options)
    model = torch.nn.Sequential(
        torch.nn.Linear(COLUMNS, 32),
        torch.nn.ReLU(),
        torch.nn.Dropout(0.2),
        torch.nn.Linear(32, 1),
    )
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(2):
        for x, y in loader:
            optimizer.zero_grad()
            loss = torch.nn.functional.binary_cross_entropy_with_logits(model(x), y)
            loss.backward()
            optimizer.step()
    if seeded:
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.backends.cudnn.deterministic and not torch.backends.cudnn.benchmark
    return [weight.detach().numpy() for weight in model.parameters()]


def train_tensorflow(_: ModuleType, __: bool) -> list[np.ndarray]:
    """Train a Keras model with dropout on shuffled batches."""
    import tensorflow as tf

    x, y = table()
    model = tf.keras.Sequential(
        [
            tf.keras.layers.Dense(32, activation="relu"),
            tf.keras.layers.Dropout(0.2),
            tf.keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer="adam", loss="binary_crossentropy")
    model.fit(x, y, batch_size=32, epochs=2, verbose=0)
    return list(model.get_weights())


def train_jax(seeding: ModuleType, seeded: bool) -> list[np.ndarray]:
    """Train a logistic regression from random weights on permuted rows."""
    import jax
    import jax.numpy as jnp

    x, y = table()
    if seeded:
        key = seeding.jax_key(ROOT_SEED, "weights")
    else:
        key = jax.random.key(random.SystemRandom().randrange(2**32))
    key, start = jax.random.split(key)
    weights = jax.random.normal(start, (COLUMNS, 1))

    def loss(w: Any, rows: Any) -> Any:
        return jnp.mean(jnp.logaddexp(0, -(2 * y[rows] - 1) * (x[rows] @ w)))

    for _ in range(20):
        key, draw = jax.random.split(key)
        rows = jax.random.permutation(draw, ROWS)[:32]
        weights = weights - 0.1 * jax.grad(loss)(weights, rows)
    return [np.asarray(weights)]


TRAIN = {
    "pytorch": train_pytorch,
    "tensorflow": train_tensorflow,
    "jax": train_jax,
}


def main(folder: str, framework: str, mode: str) -> None:
    """Print the digest."""
    seeding = load_seeding(Path(folder))
    if mode == "seeded":
        seeding.seed_frameworks(ROOT_SEED)
    digest = hashlib.sha256()
    for weight in TRAIN[framework](seeding, mode == "seeded"):
        assert np.isfinite(weight).all()
        digest.update(np.ascontiguousarray(weight).tobytes())
    print("WEIGHTS", digest.hexdigest())


if __name__ == "__main__":
    main(*sys.argv[1:])
