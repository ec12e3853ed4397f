"""Three-valued logic (Kleene 1952) over what a condition may still become.

A value is true, false or unknown. While detectors are pending, a condition has a *set* of values that it may end
with, written as bits: FALSE | UNKNOWN | TRUE. A settled condition has one bit. Sets combine value by value, as if
conditions were independent, so a set may hold a value that cannot come about, but never lacks one that can.
"""

from __future__ import annotations

__all__ = ["ANYTHING", "BOTH", "EITHER", "FALSE", "NEGATED", "TRUE", "UNKNOWN"]

FALSE, UNKNOWN, TRUE = 1, 2, 4
ANYTHING = FALSE | UNKNOWN | TRUE

_VALUES = (FALSE, UNKNOWN, TRUE)


def _both(one: int, other: int) -> int:
    # Bits are ordered false < unknown < true, so Kleene's "and" is the smaller, "or" the larger of two values.
    result = 0
    for a in _VALUES:
        for b in _VALUES:
            if one & a and other & b:
                result |= min(a, b)
    return result


def _either(one: int, other: int) -> int:
    result = 0
    for a in _VALUES:
        for b in _VALUES:
            if one & a and other & b:
                result |= max(a, b)
    return result


# Tables by the two sets: `BOTH[one][other]` for `all`, `EITHER[one][other]` for `any`, `NEGATED[one]` for `not`.
BOTH = tuple(tuple(_both(one, other) for other in range(8)) for one in range(8))
EITHER = tuple(tuple(_either(one, other) for other in range(8)) for one in range(8))
NEGATED = tuple((one & UNKNOWN) | (TRUE if one & FALSE else 0) | (FALSE if one & TRUE else 0) for one in range(8))
