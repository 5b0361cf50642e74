"""What `invoke` offers. The tasks are thin: they start the tools of the locks."""

import functools
from collections.abc import Callable
from typing import Any

from dvc_verify.errors import Refusal
from invoke.collection import Collection
from invoke.exceptions import Exit

from . import ci, data, docs, image, locks, pipeline, proof, quality, storage


def told(body: Callable[..., Any]) -> Callable[..., Any]:
    """Return a task that ends with the one line of what is refused."""

    @functools.wraps(body)
    def task(*arguments: Any, **options: Any) -> Any:
        try:
            return body(*arguments, **options)
        except Refusal as refusal:
            raise Exit(str(refusal) or None, code=refusal.code) from None

    return task


namespace = Collection()
for module in (pipeline, proof, data, storage, quality, docs, locks, image, ci):
    for each in Collection.from_module(module).tasks.values():
        each.body = told(each.body)
        namespace.add_task(each)
