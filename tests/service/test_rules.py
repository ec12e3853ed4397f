"""Replacing rules between two messages: never a mix, never a broken one, and detectors closed when nobody asks them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from structlog.testing import capture_logs

from handover_rules.detectors import AnswerStore, Detector, Query
from handover_rules.signals import Signal
from service.channels.inbound import Inbound
from service.processor import Processor
from service.rule_files import RuleFiles
from service.rules import Loaded, Rules
from service.store.inbox import receive
from service.store.writer import Writer
from tests.service.desk import MONDAY, Desk
from tests.service.processing import PATIENCE, Gate, run
from tests.service.rulesets import NOT_NEEDED, Answering, ruleset

REPLACED = 50
MESSAGES = 500

# The version is in the rule's name, its reason and the contact's status: so a mix of two would show.
_VERSIONED = """\
ruleset: versioned
rules:
  - id: rule-{version}
    why: version {version}
    when: {{phrase: help}}
    then: handover
    do: [note]
actions:
  note:
    - contact.update: {{lead_status: "{version} {{{{ rule.id }}}}"}}
"""


class Closable(Answering):
    """A detector that says whether it was closed, and whether it was asked afterwards."""

    def __init__(self, name: str, act: Callable[[Query], Signal] = lambda _: NOT_NEEDED) -> None:
        super().__init__(name, act)
        self.closed = 0

    async def ask(self, queries: Sequence[Query]) -> list[Signal]:
        assert not self.closed, "a closed detector was asked"
        return await super().ask(queries)

    async def close(self) -> None:
        self.closed += 1


def _loaded(folder: Path, **asked: Detector) -> Loaded:
    detectors: dict[str, Detector] = {"ai": Closable("ai"), "local": Closable("local"), **asked}
    return Loaded(ruleset(folder), detectors, MONDAY)


def _closed(loaded: Loaded) -> set[object]:
    return {getattr(detector, "closed", None) for detector in loaded.detectors.values()}


async def _turn() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_detectors_are_closed_when_their_last_user_is_done(tmp_path: Path) -> None:
    async def scenario() -> None:
        first, second = _loaded(tmp_path), _loaded(tmp_path)
        rules = Rules(first)
        with rules.using() as one:
            with rules.using():
                rules.replace(second)
                assert one is first
                with rules.using() as other:
                    assert other is second
            await _turn()
            assert _closed(first) == {0}
        await _turn()
        assert (_closed(first), _closed(second)) == ({1}, {0})
        rules.replace(first_again := _loaded(tmp_path))
        await rules.close()
        assert (_closed(first), _closed(second), _closed(first_again)) == ({1}, {1}, {1})

    run(scenario())


def test_a_message_that_began_before_ends_with_the_rules_that_it_began_with(
    desk: Desk, writer: Writer, tmp_path: Path
) -> None:
    async def scenario() -> None:
        gate = Gate("slow")
        first = Loaded(desk.ruleset, {**_loaded(tmp_path).detectors, "ai": Answering("ai", gate)}, MONDAY)
        rules = Rules(first)
        processor = Processor(rules, desk.recording, writer, lambda: desk.now)
        async with asyncio.timeout(PATIENCE):
            processor.take(desk.arrive("slow", "1").waiting)
            await gate.reached.wait()
            (tmp_path / "new").mkdir()
            rules.replace(Loaded(ruleset(tmp_path / "new", head="return_to_bot_after: 1h"), first.detectors, MONDAY))
            processor.take(desk.arrive("quick", "2").waiting)
            await processor.settled("2", PATIENCE)
            gate.opened.set()
            await processor.idle()
        decided = {row["message_id"]: row["ruleset_hash"] for row in desk.rows(desk.tables.decisions)}
        assert decided == {"m1": first.ruleset.hash, "m2": rules.current.ruleset.hash}
        assert len(set(decided.values())) == 2

    run(scenario())


def test_a_broken_file_is_refused_and_the_next_good_one_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    files = RuleFiles(file, {}, AnswerStore(tmp_path / "answers.jsonl"), lambda: MONDAY)

    async def scenario() -> None:
        file.write_text(_VERSIONED.format(version="a"), encoding="utf-8")
        rules = Rules(files.load())
        file.write_text(_VERSIONED.format(version="b")[:80], encoding="utf-8")
        with capture_logs() as logs:
            assert not await rules.reload(files.load, lambda: MONDAY)
        assert rules.current.ruleset.rules[0].id == "rule-a"
        assert rules.refused is not None
        assert (rules.refused.code, rules.refused.at, rules.refusals) == ("E101", MONDAY, 1)
        assert [log["event"] for log in logs] == ["ruleset_refused"]
        file.write_text(_VERSIONED.format(version="c"), encoding="utf-8")
        assert await rules.reload(files.load, lambda: MONDAY)
        assert (rules.current.ruleset.rules[0].id, rules.refused, rules.refusals) == ("rule-c", None, 1)

    run(scenario())


def test_replaced_fifty_times_no_message_is_lost_or_decided_by_a_mixture(
    desk: Desk, writer: Writer, tmp_path: Path
) -> None:
    """Good, half-written and wrong files in turn, while 500 messages of as many customers come in and are decided."""
    file = tmp_path / "live.yaml"
    files = RuleFiles(file, {}, AnswerStore(tmp_path / "answers.jsonl"), lambda: MONDAY)
    versions: dict[str, str] = {}

    async def save(rules: Rules) -> None:
        for number in range(REPLACED):
            text = _VERSIONED.format(version=f"v{number}")
            damaged = {3: text[: len(text) // 2] + "\n  - id: [", 7: text.replace("when", "wehn")}.get(number % 10)
            file.write_text(damaged or text, encoding="utf-8")
            assert await rules.reload(files.load, lambda: MONDAY) is (damaged is None)
            versions[rules.current.ruleset.hash] = rules.current.ruleset.rules[0].id

    async def scenario() -> None:
        file.write_text(_VERSIONED.format(version="first"), encoding="utf-8")
        rules = Rules(files.load())
        versions[rules.current.ruleset.hash] = "rule-first"
        processor = Processor(rules, desk.recording, writer, lambda: desk.now)
        come = [
            Inbound("whatsapp", "messages.upsert", "{}", customer=f"1555{n:07}", message_id=f"m{n}", text="help")
            for n in range(MESSAGES)
        ]
        arrived = [one.waiting for one in desk.write(receive, come, MONDAY)]
        async with asyncio.timeout(PATIENCE):
            saving = asyncio.create_task(save(rules))
            for one in arrived:
                processor.take(one)
                await processor.settled(one.customer_id, 0.002)
            await saving
            await processor.idle()
        await rules.close()

    run(scenario())
    decided = desk.rows(desk.tables.decisions)
    assert len(decided) == MESSAGES
    assert len({row["ruleset_hash"] for row in decided}) > 3
    statuses = {row["customer_id"]: row["lead_status"] for row in desk.rows(desk.tables.contacts)}
    customers = {row["seq"]: row["customer_id"] for row in desk.rows(desk.tables.inbox)}
    for row in decided:
        rule = versions[row["ruleset_hash"]]
        version = rule.removeprefix("rule-")
        assert (row["rule_id"], row["reason"]) == (rule, f"version {version}")
        assert statuses[customers[row["inbox_seq"]]] == f"{version} {rule}"
