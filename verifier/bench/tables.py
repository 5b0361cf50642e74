"""What the fault bench prints, and the bars that it holds the verifier to."""

from collections.abc import Iterator

from .detectors import DETECTORS, Examined

NAMED = 0.9  # of the defects: stage and cause right
MINUTES = 15.0


def by_detector(done: list[Examined]) -> Iterator[str]:
    """Yield a line for each detector."""
    head = ("detector", "caught", "false alarms", "stage", "stage+cause", "seconds")
    yield "{:12}{:>10}{:>14}{:>10}{:>13}{:>10}".format(*head)
    for name in DETECTORS:
        rows = [each for each in done if name in each.answers]
        bad = [each.answers[name] for each in rows if not each.case.clean]
        good = [each.answers[name] for each in rows if each.case.clean]
        if not rows:
            continue
        counts = (
            f"{sum(each.caught for each in bad)}/{len(bad)}",
            f"{sum(each.caught for each in good)}/{len(good)}",
            "-" if name == "lint" else f"{sum(each.stage for each in bad)}/{len(bad)}",
            (
                f"{sum(each.cause for each in bad)}/{len(bad)}"
                if name == "verify"
                else "-"
            ),
            f"{sum(each.answers[name].seconds for each in rows) / len(rows):.1f}",
        )
        yield "{:12}{:>10}{:>14}{:>10}{:>13}{:>10}".format(name, *counts)


def by_case(done: list[Examined]) -> Iterator[str]:
    """Yield a line for each case: who caught it, and what the verifier said."""
    width = max(len(each.case.name) for each in done) + 2
    yield f"{'case':{width}}status re-run lint verify   s  verify says"
    for each in done:
        if each.skipped:
            yield f"{each.case.name:{width}}skipped: there is no {each.skipped}"
            continue
        if each.broken:
            yield f"{each.case.name:{width}}BROKEN: {each.broken}"
            continue
        marks = []
        for name in ("dvc status", "re-run", "lint", "verify"):
            answer = each.answers.get(name)
            marks.append("." if answer is None else "yes" if answer.caught else "no")
        verdict = each.answers.get("verify")
        said = verdict.detail if verdict else ""
        if verdict and not each.case.clean:
            said = f"{'right' if verdict.cause else 'WRONG'}: {said}"
            if each.case.beyond and not verdict.caught:
                said = f"beyond: {each.case.beyond}"
        cells = f"{marks[0]:>6} {marks[1]:>6} {marks[2]:>4} {marks[3]:>6}"
        yield f"{each.case.name:{width}}{cells} {each.seconds:3.0f}  {said}"


def missed_bars(done: list[Examined], minutes: float) -> Iterator[str]:
    """Yield what the verifier should do and doesn't."""
    ran = [each for each in done if {"verify", "lint"} <= each.answers.keys()]
    shown = [each for each in ran if not each.case.clean and not each.case.beyond]
    for each in done:
        if each.broken:
            yield f"{each.case.name} is broken"
    for each in ran:
        caught = [each.answers[name].caught for name in ("verify", "lint")]
        if each.case.clean and any(caught):
            yield f"{each.case.name} is a false alarm"
        if each in shown and not any(caught):
            yield f"{each.case.name} is caught by neither"
        if each.case.lint and not caught[1]:
            yield f"{each.case.name} is not found by the rules"
    right = sum(each.answers["verify"].cause for each in shown)
    if shown and right < NAMED * len(shown):
        yield f"stage and cause are right for {right} of {len(shown)}"
    if minutes > MINUTES:
        yield f"it took {minutes:.1f} minutes, over {MINUTES:.0f}"
