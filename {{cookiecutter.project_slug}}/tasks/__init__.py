"""What `invoke` offers. The tasks are thin: they start the tools of the locks."""

from invoke.collection import Collection

from . import ci, data, docs, image, locks, pipeline, proof, quality, storage

namespace = Collection()
for module in (pipeline, proof, data, storage, quality, docs, locks, image, ci):
    for task in Collection.from_module(module).tasks.values():
        namespace.add_task(task)
