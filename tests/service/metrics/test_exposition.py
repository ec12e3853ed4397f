"""The text that Prometheus reads."""

from __future__ import annotations

from service.metrics.exposition import Counter, Family, Histogram, exposition


def test_a_counter_with_labels() -> None:
    counter = Counter("asked_total", "Questions\nof all.", ("who", "how"))
    counter.add("b", 'say "x"\\\n')
    counter.add("a", "y", by=1.5)
    counter.add("a", "y")
    assert exposition([counter.read()]) == (
        "# HELP asked_total Questions\\nof all.\n"
        "# TYPE asked_total counter\n"
        'asked_total{who="a",how="y"} 2.5\n'
        'asked_total{who="b",how="say \\"x\\"\\\\\\n"} 1\n'
    )


def test_a_counter_without_labels_begins_at_zero() -> None:
    assert exposition([Counter("x_total", "X.").read()]).endswith("\nx_total 0\n")


def test_a_histogram_counts_up_to_each_bound_inclusive() -> None:
    histogram = Histogram("took_seconds", "Took.", (0.1, 1.0))
    for value in (0.1, 0.5, 7.0):
        histogram.observe(value)
    assert exposition([histogram.read()]).splitlines()[2:] == [
        'took_seconds_bucket{le="0.1"} 1',
        'took_seconds_bucket{le="1"} 2',
        'took_seconds_bucket{le="+Inf"} 3',
        "took_seconds_sum 7.6",
        "took_seconds_count 3",
    ]


def test_a_family_without_samples_is_named_only() -> None:
    assert exposition([Family("x", "gauge", "X.", [])]) == "# HELP x X.\n# TYPE x gauge\n"
