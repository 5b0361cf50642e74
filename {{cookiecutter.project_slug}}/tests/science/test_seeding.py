"""One root seed; a stream depends on it and its name alone."""

import random

import numpy as np
import pytest

from {{ cookiecutter.package_name }}.runtime import seeding


def test_streams_are_the_same_everywhere() -> None:
    # Drawn once; a change here would change every stored result.
    assert seeding.integer_seed(1, "folds") == 1101251331
    draws = seeding.generator(1, "folds").integers(1000, size=3)
    assert draws.tolist() == [59, 201, 56]


def test_names_and_roots_give_other_streams() -> None:
    seeds = {
        seeding.integer_seed(root, name) for root in range(50) for name in ("a", "b")
    }
    assert len(seeds) == 100
    assert all(0 <= seed < 2**32 for seed in seeds)


def test_streams_do_not_disturb_each_other() -> None:
    alone = seeding.generator(1, "a").normal(size=5)
    first, other = seeding.generator(1, "a"), seeding.generator(1, "b")
    drawn = []
    for _ in range(5):
        drawn.append(first.normal())
        other.normal()
    assert (alone == drawn).all()


def test_random_and_legacy_numpy_are_seeded() -> None:
    draws = []
    for _ in range(2):
        seeding.seed_frameworks(7)
        draws.append((random.random(), np.random.random()))
    assert draws[0] == draws[1]
    assert draws[0] != (random.random(), np.random.random())


def test_a_negative_root_is_refused() -> None:
    with pytest.raises(ValueError, match="the root seed is -1"):
        seeding.generator(-1, "a")
