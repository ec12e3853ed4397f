"""The grammar of detectors: the common keys, and those of each kind."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

from handover_rules import templates
from handover_rules.problems import did_you_mean, quoted
from handover_rules.rulefile import nodes
from handover_rules.rulefile.actions import note_faults
from handover_rules.rulefile.kinds import EnvValue, Key, Table, Values, WithEnv
from handover_rules.rulefile.reading import Invalid, Reading, wrong
from handover_rules.rulefile.scalars import Choice, EnvFlag, Flag, Text, Whole
from handover_rules.rulefile.source import read_source
from handover_rules.ruleset import DetectorSpec, LinearSpec, OpenAISpec, Place

__all__ = ["DETECTOR", "KINDS", "detector"]

_FLAG = WithEnv(Flag(), default=True, env_kind=EnvFlag())
_ON = EnvValue(True, None, False)
_COMMON = (
    Key("kind", Text(), required=True),
    Key("cost", Whole(0, 1_000_000), required=True),
    Key("enabled", _FLAG, default=_ON),
)

KINDS: dict[str, Table] = {
    "linear": Table("a linear detector", (*_COMMON, Key("model", Text("the path of a model file"), required=True))),
    "openai": Table(
        "an openai detector",
        (
            *_COMMON,
            Key("model", WithEnv(Text("the name of a model")), required=True),
            Key("prompt", Text("the path of a prompt"), required=True),
            Key("timeout_ms", Whole(1, 120_000), default=4000),
            Key("max_retries", Whole(0, 10), default=2),
            Key("max_concurrency", Whole(1, 1000), default=8),
            Key("log_answers", _FLAG, default=_ON),
        ),
    ),
}


class _Detector:
    """A detector: `kind` tells which other keys it has."""

    expects = "a detector, such as `{kind: linear, cost: 1, model: models/handover.json}`"

    def read(self, node: nodes.Node, reading: Reading) -> DetectorSpec:
        if not isinstance(node, nodes.Mapping):
            raise wrong(node, self.expects, reading)
        kind = next((value for key, value in node.entries if key.text == "kind"), None)
        if kind is None:
            hint = "add `kind:`, " + Choice(tuple(KINDS)).expects
            raise reading.fail("E106", "`kind` is missing: a detector must have it", node.place, hint)
        name = Text("a kind of detector, " + Choice(tuple(KINDS)).expects).read(kind, reading)
        if name not in KINDS:
            message = f"there is no kind of detector {quoted(name)}"
            raise reading.fail("E405", message, kind.place, did_you_mean(name, KINDS))
        values = KINDS[name].read(node, reading)
        return _linear(values, reading) if name == "linear" else _openai(values, reading)


DETECTOR = _Detector()


def detector(name: str, spec: DetectorSpec, place: Place) -> DetectorSpec:
    """The detector under its name."""
    return replace(spec, name=name, place=place)


def _linear(values: Values, reading: Reading) -> LinearSpec:
    path = _beside(values["model"], values.places["model"], reading)
    digest = ""
    if os.path.isfile(path):  # unlike Path.is_file, False for a name that no file can have
        try:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise _unreadable("model", values, str(error.strerror or error), reading) from None
    else:
        message = f"the model file {quoted(values['model'])} is not there; until it is, this detector is unavailable"
        reading.note("W406", message, values.places["model"], "make it with `handover train`")
    return LinearSpec("", values["cost"], values["enabled"].value, values["model"], str(path), digest, values.place)


def _openai(values: Values, reading: Reading) -> OpenAISpec:
    path = _beside(values["prompt"], values.places["prompt"], reading)
    if not os.path.isfile(path):
        raise _unreadable("prompt", values, "it is not there", reading)
    # A prompt is a file of its own, and its problems are shown in it.
    source, problem = read_source(path, reading.drafts)
    reading.sources[source.name] = source
    if problem is not None:
        reading.problems.append(problem)
        raise Invalid

    if not source.text.strip():
        raise _unreadable("prompt", values, "it is empty", reading)

    def place(fault: templates.Fault) -> Place:
        column = templates.find(fault.word, source.line(fault.line)) if fault.word else None
        return source.place(fault.line, 1 if column is None else column + 1, len(fault.word) or 1)

    note_faults(source.text, templates.PROMPT_VARIABLES, place, reading)
    return OpenAISpec(
        "",
        values["cost"],
        values["enabled"].value,
        values["model"].value,
        source.text,
        values["prompt"],
        values["timeout_ms"],
        values["max_retries"],
        values["max_concurrency"],
        values["log_answers"].value,
        values.place,
    )


def _beside(name: str, place: Place, reading: Reading) -> Path:
    """The file beside the rules. Rule files may come from outside, so they name no file outside their folder."""
    path = reading.folder / name
    try:
        inside = path.resolve().is_relative_to(reading.folder.resolve())
    except (OSError, RuntimeError, ValueError):  # a loop of links, a name that no file can have
        raise reading.fail("E119", f"{quoted(name)} is not the path of a file", place) from None
    if not inside:
        hint = "put the file beside the rules, and write its path from there"
        raise reading.fail("E119", f"{quoted(name)} is outside of the ruleset's folder", place, hint)
    return path


def _unreadable(key: str, values: Values, why: str, reading: Reading) -> Invalid:
    hint = "paths begin at the folder of the rule file"
    return reading.fail("E119", f"the {key} {quoted(values[key])} cannot be read: {why}", values.places[key], hint)
