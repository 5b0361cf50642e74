"""Run one stage of a certificate again, as a spot check."""

from collections.abc import Mapping
from typing import Any

from ..errors import Refusal
from ..repository import clone
from ..runs import factors
from ..runs.run import check_failure
from ..runs.session import Session


def recheck(session: Session, record: Mapping[str, Any], name: str) -> list[str]:
    """Run a stage on the outputs of earlier stages; return what isn't as certified.

    Parameters
    ----------
    session
        Makes the run.
    record
        The certificate.
    name
        The stage to run again.

    Raises
    ------
    Refusal
        If there is no such stage, it isn't re-run, or the outputs of earlier stages
        are not at hand.
    """
    run = session.prepare(factors.everywhere(factors.EXPERIMENT))
    runs = [each for each in session.stages if each.kind == "run"]
    stage = next((each for each in runs if each.name == name), None)
    if stage is None:
        names = ", ".join(each.name for each in runs)
        raise Refusal(f"no stage that runs is called '{name}'; choose one of {names}")
    certified = {each["path"]: each["control"] for each in record["outputs"]}
    for out in session.before(stage):
        digest = certified.get(out.path, out.digest)
        target = run.root / out.path
        if not clone.copy_out(session.repository, digest, target):
            if clone.dvc_digest(session.repository.root / out.path) != digest:
                raise Refusal(
                    f"{out.path}, which comes before {name}, is not at hand; run "
                    "`dvc pull` or `dvc repro`"
                )
            clone.copy(session.repository.root / out.path, target)
    if session.run_stage(run, stage):
        check_failure(run)
        return [f"it failed: {run.said()}"]
    return [
        f"{out.path} is another one: {found[:8]}, not {certified[out.path][:8]}"
        for out in stage.outputs
        if (found := clone.dvc_digest(run.root / out.path)) != certified[out.path]
    ]
