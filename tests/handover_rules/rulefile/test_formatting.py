"""Formatting: one layout, the same rules, the same comments. `scribbling` writes the files that are hard to format."""

from __future__ import annotations

import dataclasses
import random
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from handover_rules.engine import Engine
from handover_rules.errors import RulesetError, UsageError
from handover_rules.rulefile import examine, load_ruleset
from handover_rules.rulefile.formatting import formatted
from handover_rules.rulefile.source import Source, read_source
from handover_rules.ruleset import Place, Ruleset
from tests.handover_rules.engine.strategies import Situation, seeded, situations
from tests.handover_rules.rulefile.scribbling import Scribble, scribble
from tests.handover_rules.rulefile.test_fuzz import mutated

ROOT = Path(__file__).parents[3]
FOLDERS = ("rules", "tests/good_rules", "tests/bad_rules")
FILES = sorted(path for folder in FOLDERS for path in ROOT.joinpath(folder).rglob("*.yaml"))
SHIPPED = [path for path in FILES if path.parent == ROOT / "rules"]
SCRIBBLES = seeded(scribble)
SEEDS = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate],  # a seed does not shrink
)


def fmt(text: str) -> str:
    """The text formatted; formatting that again changes nothing."""
    once = formatted(Source("rules.yaml", text))
    assert formatted(Source("rules.yaml", once)) == once
    return once


def unplaced(value: object) -> object:
    """The value without the places in it."""
    if isinstance(value, Place):
        return None
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: unplaced(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return [(key, unplaced(item)) for key, item in value.items()]
    if isinstance(value, tuple):
        return [unplaced(item) for item in value]
    return value


def loaded(folder: Path, content: bytes) -> Ruleset:
    path = folder / "rules.yaml"
    path.write_bytes(content)
    return load_ruleset(path)


def made(written: Scribble) -> str:
    """What formatting makes of a scribble."""
    return fmt(written.content.decode("utf-8-sig"))


@given(written=SCRIBBLES)
@SEEDS
def test_ruleset_stays_the_same_in_all_that_it_says(tmp_path: Path, written: Scribble) -> None:
    before = loaded(tmp_path, written.content)
    after = loaded(tmp_path, made(written).encode())
    assert after.hash == before.hash
    assert unplaced(after) == unplaced(before)


@given(written=SCRIBBLES, asked=situations(5))
@settings(SEEDS, max_examples=40)
def test_decisions_stay_the_same(tmp_path: Path, written: Scribble, asked: list[Situation]) -> None:
    before = Engine(loaded(tmp_path, written.content))
    after = Engine(loaded(tmp_path, made(written).encode()))
    for one in asked:
        was, now = (
            engine.decide(one.message, one.state, now=one.now, signals=one.signals) for engine in (before, after)
        )
        assert unplaced(was) == unplaced(now)


@given(written=SCRIBBLES)
@SEEDS
def test_every_comment_stays(written: Scribble) -> None:
    kept = re.findall(r"c\d+c", made(written))
    assert Counter(kept) == Counter(written.comments)
    if written.ordered:
        assert kept == list(written.comments)


def test_scribbles_are_worth_formatting() -> None:
    """The properties above would hold of tidy files too."""
    scribbles = [scribble(random.Random(seed)) for seed in range(50)]
    assert sum(len(written.comments) for written in scribbles) > 1_000
    assert {written.ordered for written in scribbles} == {True, False}
    text = "".join(written.content.decode() for written in scribbles)
    for sign in ("\r", "\ufeff", "---\n", "|+", ">-", "|4", " ,", "[ ", "'", "\\\n", "# c"):
        assert sign in text, sign


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_real_files_keep_their_problems(path: Path) -> None:
    source, _ = read_source(path)
    before = Counter((problem.code, problem.message) for problem in examine(path).problems)
    try:
        found, refused = examine(path, drafts={source.name: fmt(source.text)}).problems, False
    except RulesetError as error:
        found, refused = error.problems, True
    after = Counter((problem.code, problem.message) for problem in found)
    assert not after - before
    assert refused or after == before


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_rules_are_formatted_and_become_so_again(path: Path) -> None:
    text = path.read_bytes().decode()
    assert fmt(text) == text
    wide = re.sub(r"(?m)^( *)(- )?", r"\1\1\2\2", text).replace("- - ", "-   ")
    spread = re.sub(r"(?m)^( *[\w-]+:)$", r"\1  ", wide).replace("\n\n", "\n\n  \n").replace("\n", "\r\n")
    assert spread != text
    assert fmt(spread) == text


@pytest.mark.parametrize("seed", range(8))
def test_damaged_files_are_refused_or_formatted(seed: int) -> None:
    rng = random.Random(seed)
    count: Counter[str] = Counter()
    for _ in range(100):
        try:
            fmt(mutated(rng).decode("utf-8-sig", errors="replace"))
            count["formatted"] += 1
        except (RulesetError, UsageError) as refused:
            count["our mistake" if "mistake of this program" in str(refused) else "refused"] += 1
    assert count["our mistake"] == 0
    assert min(count["formatted"], count["refused"]) > 5


@pytest.mark.parametrize("text", ["", "\n\n", "# why\n", "\ufeff#why\r\n\r\n\r\n# so", "---\n# why\n", "~\n"])
def test_files_without_a_section(text: str) -> None:
    assert re.sub(r"\W", "", fmt(text)) == re.sub(r"\W", "", text)


@pytest.mark.parametrize(
    ("text", "code"),
    [("- a\n", "E105"), ("a: b\n", "E103"), ("text\n", "E105"), ("a: [\n", "E101"), ("rules: &a b\n", "E108")],
)
def test_what_is_no_rule_file_is_refused(text: str, code: str) -> None:
    with pytest.raises(RulesetError) as refused:
        formatted(Source("rules.yaml", text))
    assert code in {problem.code for problem in refused.value.problems}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("%YAML 1.1\n---\nruleset: a\n", "line 1: a line that begins with `%`"),
        ("ruleset: a\n...\n", "line 2: a `...` line"),
        ('rules: []\n? "a\n  b"\n: c\n', "line 2: a key of several lines"),
    ],
)
def test_rare_yaml_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=f"^rules.yaml: {re.escape(said)}"):
        formatted(Source("rules.yaml", text))


def test_a_result_that_says_something_else_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handover_rules.rulefile.formatting.write", lambda _: "ruleset: b\n")
    for text in ("ruleset: a\n", "ruleset: b  # why\n"):
        with pytest.raises(UsageError, match="left as it is"):
            formatted(Source("rules.yaml", text))
