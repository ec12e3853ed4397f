"""How a comparison is said, in the terminal and in Markdown alike: what both show comes from here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from eval.diff.difference import Diff, FileDiff, Group, Judged, Said
from eval.diff.flips import Flip, FlipKind
from eval.diff.paired import FEWEST_MOVED, INDEPENDENT
from eval.diff.usage import Tally
from eval.diff.verdict import Judgement, Verdict
from eval.figures_in_words import interval, of, value
from eval.metrics import Figures
from handover_rules.problems import one_line
from handover_rules.templates import redact

__all__ = ["figure_rows", "flip_kinds", "group_title", "headline", "judged_lines", "label", "said_lines", "shown_text"]

# One and many.
_KINDS: Mapping[FlipKind, tuple[str, str]] = {
    "lost_catch": ("lost catch", "lost catches"),
    "new_false_alarm": ("new false alarm", "new false alarms"),
    "new_catch": ("new catch", "new catches"),
    "false_alarm_gone": ("false alarm gone", "false alarms gone"),
    "no_handover": ("not handed over either way", "not handed over either way"),
    "unlabelled": ("without a label", "without a label"),
    "uncounted": ("not counted by the view", "not counted by the view"),
}


def headline(diff: Diff) -> str:
    """The verdict in one line."""
    if diff.same:
        return "no worse: both say the same, so nothing had to be decided"
    if diff.verdict is None:
        return "no verdict: no message has a label that the view counts"
    if diff.verdict == "no worse":
        return "no worse"
    said = [(file.file, respects) for file in diff.files if (respects := _respects(file, diff.verdict))]
    if said[0][0] == diff.files[0].file:
        return f"{diff.verdict}: {said[0][1]}"
    return f"{diff.verdict}: " + "; ".join(f"{respects} in {file}" for file, respects in said)


def said_lines(file: FileDiff) -> Iterator[str]:
    """How many messages there are, what flips, and what it costs and causes."""
    yield (
        f"{_many(file.decided, 'message')} decided, {file.counted:,} counted: "
        f"{file.positives:,} positive, {file.negatives:,} negative"
    )
    flips = sum(file.kinds.values())
    kinds = f": {flip_kinds(file.kinds)}" if flips else ""
    yield f"{_many(flips, 'flip')}{kinds}"
    if file.other_rule:
        yield f"{_many(file.other_rule, 'message')} with the same outcome by another rule"
    usage = file.usage
    yield _tallied("outcomes", usage.outcomes)
    if usage.ai_calls:
        yield _tallied("AI calls", usage.ai_calls, all_of_them=True)
        if any(tally.before or tally.after for tally in usage.ai_unanswered):
            yield _tallied("of them without a recorded answer", usage.ai_unanswered, all_of_them=True)
    yield _tallied("planned actions", usage.actions)


def judged_lines(judged: Judged) -> Iterator[str]:
    """Both judgements, and the test on right and wrong."""
    yield _judgement("recall", "positive", judged.recall, sign=-1)
    yield _judgement("false alarms per 1,000", "negative", judged.false_alarms, per=1000)
    moved = judged.become_right + judged.become_wrong
    if not moved:
        yield "no message that counts becomes right or wrong"
        return
    line = f"{judged.become_right:,} become right, {judged.become_wrong:,} become wrong: "
    line += f"exact McNemar p = {judged.mcnemar:.3f}" if judged.mcnemar >= 0.001 else "exact McNemar p < 0.001"
    yield f"{line} (fewer than {FEWEST_MOVED} tell nothing)" if moved < FEWEST_MOVED else line


def figure_rows(figures: Figures) -> Iterator[tuple[str, str, str, str]]:
    """Name, value, 95 % interval and the messages behind it, of each figure."""
    for name, figure, digits in (
        ("precision", figures.precision, 3),
        ("recall", figures.recall, 3),
        ("false alarms per 1,000", figures.false_alarms, 1),
    ):
        yield name, value(figure, digits), interval(figure, digits), of(figure)


def flip_kinds(kinds: Mapping[FlipKind, int]) -> str:
    """As `2 lost catches, 1 new catch`."""
    return ", ".join(f"{n:,} {_KINDS[kind][n != 1]}" for kind, n in kinds.items())


def label(flip: Flip) -> str:
    """What a flip is, in words."""
    return _KINDS[flip.kind][0]


def group_title(group: Group) -> str:
    """Which rule gave the messages up, and which has them now."""
    return f"{_said(group.before)} -> {_said(group.after)}"


def shown_text(flip: Flip, most: int) -> str:
    """The message's text on one line, without numbers and addresses that name a person, not longer than `most`."""
    return one_line(redact(flip.row.text), most)


def _respects(file: FileDiff, verdict: Verdict) -> str:
    """In what the file gave that verdict."""
    if file.judged is None:
        return ""
    both = {"recall": file.judged.recall, "false alarms": file.judged.false_alarms}
    return " and ".join(what for what, judgement in both.items() if judgement.verdict == verdict)


def _said(said: Said) -> str:
    return f"{said.outcome} by {said.rule}" if said.rule else f"{said.outcome}"


def _judgement(what: str, kind: str, judgement: Judgement, *, sign: int = 1, per: int = 1) -> str:
    """`sign` -1: the share must not fall."""
    paired = judgement.paired
    if paired is None:
        return f"{what}: {judgement.verdict}, there is no {kind} message"
    digits = 3 if per == 1 else 1
    bounds = (paired.low, paired.high) if sign < 0 else (paired.high, paired.low)
    # What proves harm is the bound on the other side: it is at best that bad.
    bound, extreme = (bounds[1], "best") if judgement.verdict == "worse" else (bounds[0], "worst")
    shown = [f"{per * value:+.{digits}f}" for value in (paired.change, bound, sign * judgement.margin)]
    line = f"{what}: {judgement.verdict}; {shown[0]}, at {extreme} {shown[1]}, margin {shown[2]}"
    if paired.method != INDEPENDENT:
        line += f" ({paired.method})"
    if judgement.more is not None:
        line += f"; about {_many(judgement.more, f'more {kind} message')} would tell"
    return line


def _tallied(what: str, tallies: Sequence[Tally], *, all_of_them: bool = False) -> str:
    """Those that change, or all."""
    shown = [tally for tally in tallies if all_of_them or tally.before != tally.after]
    return f"{what}: {_listed(shown)}" if shown else f"{what}: as many of each kind"


def _listed(tallies: Iterable[Tally]) -> str:
    return ", ".join(f"{tally.name} {tally.before:,} -> {tally.after:,}" for tally in tallies)


def _many(n: int, word: str) -> str:
    return f"{n:,} {word}" if n == 1 else f"{n:,} {word}s"
