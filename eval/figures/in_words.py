"""Figures as reports show them: value, interval and the messages behind it, a dash where there is no figure."""

from __future__ import annotations

from eval.figures.metrics import Proportion
from eval.figures.ranking import Estimate

__all__ = ["interval", "of", "value"]

_NO_FIGURE = "-"


def value(figure: Proportion | Estimate | None, digits: int = 3) -> str:
    """Such as `0.950`."""
    return _NO_FIGURE if figure is None else f"{figure.value:.{digits}f}"


def interval(figure: Proportion | Estimate | None, digits: int = 3) -> str:
    """Its 95 % interval, such as `0.912 to 0.973`."""
    return _NO_FIGURE if figure is None else f"{figure.low:.{digits}f} to {figure.high:.{digits}f}"


def of(figure: Proportion | None) -> str:
    """Such as `190 / 200`."""
    return _NO_FIGURE if figure is None else f"{figure.hits:,} / {figure.n:,}"
