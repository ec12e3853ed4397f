"""How a comparison is said, in the terminal and in Markdown alike: what both show comes from here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from eval.diff.difference import Difference, FileDifference, Group, Judged, Said
from eval.diff.flips import Flip, FlipKind
from eval.diff.paired import FEWEST_MOVED, INDEPENDENT, RightAndWrong
from eval.diff.usage import BeforeAfter
from eval.diff.verdict import Judgement, Verdict
from eval.figures.in_words import interval, of, value
from eval.figures.metrics import Figures
from handover_rules.problems import one_line
from handover_rules.templates import redact

__all__ = [
    "figure_rows",
    "flip_kind",
    "flip_kinds",
    "group_title",
    "headline",
    "judged_lines",
    "many",
    "right_and_wrong_line",
    "said_lines",
    "shown_id",
    "shown_text",
]

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


def headline(diff: Difference) -> str:
    """The verdict in one line."""
    if diff.same:
        why = " (both name the same rules)" if diff.same_source else ", so nothing had to be decided"
        return f"no decision changes: both say the same{why}"
    if diff.verdict == "no flips":
        return _without_flips(diff.files[0])
    if diff.verdict is None:
        return "no verdict: no message has a label that the view counts"
    if diff.verdict == "no worse":
        return "no worse"
    said = [(file.file, respects) for file in diff.files if (respects := _respects(file, diff.verdict))]
    if said[0][0] == diff.files[0].file:
        return f"{diff.verdict}: {said[0][1]}"
    return f"{diff.verdict}: " + "; ".join(f"{respects} in {file}" for file, respects in said)


def said_lines(file: FileDifference) -> Iterator[str]:
    """How many messages there are, what flips, and what it costs and causes."""
    yield (
        f"{many(file.decided, 'message')} decided, {file.counted:,} counted: "
        f"{file.positives:,} positive, {file.negatives:,} negative"
    )
    flips = sum(file.kinds.values())
    kinds = f": {flip_kinds(file.kinds)}" if flips else ""
    yield f"{many(flips, 'flip')}{kinds}"
    if file.other_rule:
        yield f"{many(file.other_rule, 'message')} with the same outcome by another rule"
    usage = file.usage
    if usage.other_settings:
        settings = ", ".join(f"{name} {n:,}" for name, n in usage.settings.items() if n)
        yield f"{many(usage.other_settings, 'handover')} with other settings: {settings}"
    yield _before_and_after("outcomes", usage.outcomes)
    if usage.ai_calls:
        yield _before_and_after("AI calls", usage.ai_calls, all_of_them=True)
        if any(count.before or count.after for count in usage.ai_unanswered):
            yield _before_and_after("of them without a recorded answer", usage.ai_unanswered, all_of_them=True)
    yield _before_and_after("planned actions", usage.actions)


def judged_lines(judged: Judged) -> Iterator[str]:
    """Both judgements, and the test on right and wrong."""
    yield _judgement("recall", "positive", judged.recall, sign=-1)
    yield _judgement("false alarms per 1,000", "negative", judged.false_alarm_rate, per=1000)
    yield right_and_wrong_line(judged)


def right_and_wrong_line(moved: RightAndWrong) -> str:
    """How many messages become right and wrong, and whether that may be chance."""
    if not moved.become_right + moved.become_wrong:
        return "no message that counts becomes right or wrong"
    line = f"{moved.become_right:,} become right, {moved.become_wrong:,} become wrong"
    if moved.units == "conversations":
        line += f"; {many(moved.better, 'conversation')} better, {moved.worse:,} worse"
    line += f": exact McNemar p = {moved.mcnemar:.3f}" if moved.mcnemar >= 0.001 else ": exact McNemar p < 0.001"
    few = moved.better + moved.worse < FEWEST_MOVED
    return f"{line} (fewer than {FEWEST_MOVED} tell nothing)" if few else line


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


def flip_kind(flip: Flip) -> str:
    """What a flip is, in words."""
    return _KINDS[flip.kind][0]


def group_title(group: Group) -> str:
    """Which rule gave the messages up, and which has them now."""
    return f"{_said(group.before)} -> {_said(group.after)}"


def shown_text(flip: Flip, most: int) -> str:
    """The message's text on one line, without numbers and addresses that name a person, not longer than `most`."""
    return one_line(redact(flip.row.text), most)


def shown_id(flip: Flip) -> str:
    """The message's id; where it may hold a phone number, without it, but with file and line to find the message by."""
    shown = redact(flip.row.id)
    place = f"{Path(flip.file).name}:{flip.row.line}" if flip.row.line else Path(flip.file).name
    return shown if shown == flip.row.id else f"{shown} ({place})"


def _without_flips(file: FileDifference) -> str:
    changes = {
        "deciding rules": file.other_rule,
        "settings": file.usage.other_settings,
        "planned actions": _changed(file.usage.actions),
        "AI calls": _changed(file.usage.ai_calls),
    }
    others = [what for what, change in changes.items() if change]
    on_these = f"on these {many(file.decided, 'message')}"
    if not others:
        return f"no decision changes {on_these}"
    listed = " and ".join(filter(None, (", ".join(others[:-1]), others[-1])))
    return f"no outcome changes {on_these}, but {listed} do"


def _respects(file: FileDifference, verdict: Verdict) -> str:
    """In what the file gave that verdict."""
    if file.judged is None:
        return ""
    both = {"recall": file.judged.recall, "false alarms": file.judged.false_alarm_rate}
    return " and ".join(what for what, judgement in both.items() if judgement.verdict == verdict)


def _said(said: Said) -> str:
    return f"{said.outcome} by {said.rule}" if said.rule else f"{said.outcome}"


def _judgement(what: str, kind: str, judgement: Judgement, *, sign: int = 1, per: int = 1) -> str:
    """`sign` -1: the share must not fall."""
    paired = judgement.paired
    if paired is None:
        return f"{what}: {judgement.verdict}, there is no {kind} message"
    bounds = (paired.low, paired.high) if sign < 0 else (paired.high, paired.low)
    # What proves harm is the bound on the other side: it is at best that bad.
    bound, extreme = (bounds[1], "best") if judgement.verdict == "worse" else (bounds[0], "worst")
    values = [per * value for value in (paired.change, bound, sign * judgement.margin)]
    shown = _told_apart(values, 3 if per == 1 else 1)
    line = f"{what}: {judgement.verdict}; {shown[0]}, at {extreme} {shown[1]}, margin {shown[2]}"
    if paired.method != INDEPENDENT:
        line += f" ({paired.method})"
    if judgement.more is not None:
        line += f"; about {many(judgement.more, f'more {kind} message')} would tell"
    return line


def _told_apart(values: Sequence[float], digits: int) -> list[str]:
    """With so many digits, or up to three more where bound and margin, the last two, would look alike."""
    for more in range(4):
        shown = [f"{value:+z.{digits + more}f}" for value in values]
        if shown[-1] != shown[-2]:
            break
    return shown


def _before_and_after(what: str, counts: Sequence[BeforeAfter], *, all_of_them: bool = False) -> str:
    """Those that change, or all."""
    shown = counts if all_of_them else _changed(counts)
    return f"{what}: {_listed(shown)}" if shown else f"{what}: as many of each kind"


def _changed(counts: Iterable[BeforeAfter]) -> list[BeforeAfter]:
    return [count for count in counts if count.before != count.after]


def _listed(counts: Iterable[BeforeAfter]) -> str:
    return ", ".join(f"{count.name} {count.before:,} -> {count.after:,}" for count in counts)


def many(n: int, word: str) -> str:
    """As `1 message`, `2 messages`."""
    return f"{n:,} {word}" if n == 1 else f"{n:,} {word}s"
