"""Counters, histograms and gauges, and the text that Prometheus reads.

Format: https://prometheus.io/docs/instrumenting/exposition_formats/ (text, version 0.0.4).
"""

from __future__ import annotations

import math
import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

__all__ = ["CONTENT_TYPE", "Counter", "Family", "Histogram", "Metric", "exposition"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels: TypeAlias = Mapping[str, str]

# A sample: what follows the metric's name, the labels and the value.
Sample: TypeAlias = tuple[str, Labels, float]


@dataclass(frozen=True, slots=True)
class Family:
    """All samples of one metric, as they are at the moment."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    about: str
    samples: Sequence[Sample]


class Metric(Protocol):
    """Something that can be read."""

    def read(self) -> Family: ...


class Counter:
    """A number for each combination of labels that only rises. Safe to use from several threads."""

    def __init__(self, name: str, about: str, labels: Sequence[str] = ()) -> None:
        self._name, self._about, self._labels = name, about, tuple(labels)
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, ...], float] = {} if labels else {(): 0.0}

    def add(self, *values: str, by: float = 1.0) -> None:
        """Count one more; `values` are those of the labels, in their order."""
        with self._lock:
            self._counts[values] = self._counts.get(values, 0.0) + by

    def read(self) -> Family:
        """The counts up to now."""
        with self._lock:
            counts = dict(self._counts)
        samples = [("", dict(zip(self._labels, key, strict=True)), count) for key, count in sorted(counts.items())]
        return Family(self._name, "counter", self._about, samples)


class Histogram:
    """How many observations were at most as large as each bound. Safe to use from several threads."""

    def __init__(self, name: str, about: str, bounds: Sequence[float]) -> None:
        self._name, self._about = name, about
        self._bounds = (*bounds, math.inf)
        self._lock = threading.Lock()
        self._counts = [0] * len(self._bounds)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        """Count a value."""
        with self._lock:
            self._counts[bisect_left(self._bounds, value)] += 1
            self._sum += value

    def read(self) -> Family:
        """The observations up to now."""
        with self._lock:
            counts, total = list(self._counts), self._sum
        samples: list[Sample] = []
        running = 0
        for bound, count in zip(self._bounds, counts, strict=True):
            running += count
            samples.append(("_bucket", {"le": _number(bound)}, running))
        samples += [("_sum", {}, total), ("_count", {}, running)]
        return Family(self._name, "histogram", self._about, samples)


def exposition(families: Iterable[Family]) -> str:
    """The text of a scrape."""
    return "".join(line + "\n" for family in families for line in _lines(family))


def _lines(family: Family) -> Iterator[str]:
    about = family.about.replace("\\", r"\\").replace("\n", r"\n")
    yield f"# HELP {family.name} {about}"
    yield f"# TYPE {family.name} {family.kind}"
    for suffix, labels, value in family.samples:
        shown = ",".join(f'{name}="{_escaped(said)}"' for name, said in labels.items())
        yield f"{family.name}{suffix}{f'{{{shown}}}' if shown else ''} {_number(value)}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) else repr(float(value))
