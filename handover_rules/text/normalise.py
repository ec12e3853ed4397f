"""One declared normalisation: a message or a phrase becomes a list of plain words.

Compatibility forms (NFKC), case, punctuation and symbols are levelled for every script. Marks are stripped where
people leave them out (Latin, Greek, Cyrillic; Arabic tashkeel) and kept where a mark makes another word (Devanagari and
the rest). Words are split at spaces and punctuation; Han, Hiragana and Katakana signs are a word each, as UAX #29
breaks between them too. Scripts that write no spaces otherwise (Thai, Khmer) are not split.
"""

from __future__ import annotations

import re
from unicodedata import category, is_normalized, normalize

# Written as apostrophes on phones and by autocorrection; all become "'". U+02BB and U+02BC are letters to Unicode.
_APOSTROPHES = frozenset("'`´‘’‛ʻʼ′＇")
_ELISIONS = frozenset(
    "l d j n s t c m qu jusqu lorsqu puisqu quelqu un dell all nell sull dall quell com dov".split()  # noqa: SIM905
)
_ELONGATED = re.compile(r"([^\d\s])\1{2,}")

# Letters that people type without their stroke or as two letters, though Unicode gives them no decomposition.
_LETTERS = {"ı": "i", "ȷ": "j", "ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe"}
_ALEFS = frozenset("آأإٱ")
_TATWEEL, _SMALL_WAW, _SMALL_YEH = "\u0640", "\u06e5", "\u06e6"
_DROPPED_LETTERS = frozenset([_TATWEEL, _SMALL_WAW, _SMALL_YEH, "\u115f", "\u1160"])  # and the Hangul fillers

_DROPPED_MARKS = (
    (0x0300, 0x036F),  # combining marks of Latin, Greek and Cyrillic; the blocks below extend them
    (0x0483, 0x0489),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20F0),  # around symbols: the keycap emoji
    (0x2DE0, 0x2DFF),
    (0xA66F, 0xA67D),
    (0xA69E, 0xA69F),
    (0xFE20, 0xFE2F),
    (0x0610, 0x061A),  # Arabic tashkeel and Quranic signs
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x06D6, 0x06ED),
    (0x302A, 0x302F),  # tone and voicing marks that NFKC could not join to a Han or kana sign
    (0x3099, 0x309A),
    (0x180B, 0x180F),  # variation selectors
    (0xFE00, 0xFE0F),
    (0xE0100, 0xE01EF),
)
_SIGNS = (  # Han, Hiragana, Katakana
    (0x3005, 0x3007),
    (0x3021, 0x3029),
    (0x3031, 0x3035),
    (0x3038, 0x303C),
    (0x3041, 0x30FF),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x16FE2, 0x16FE3),
    (0x1AFF0, 0x1B16F),
    (0x20000, 0x3FFFF),
)


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= code <= high for low, high in ranges)


def _is_dropped_mark(char: str) -> bool:
    return category(char)[0] == "M" and _within(ord(char), _DROPPED_MARKS)


def _plain(char: str) -> str:
    """What one character of an NFKC, case-folded text becomes: nothing, a space, "'", itself or its base letters."""
    if char in _APOSTROPHES:
        return "'"
    kind = category(char)
    if kind == "Cf" or char in _DROPPED_LETTERS or _is_dropped_mark(char):
        return ""
    if kind[0] not in "LMN":
        return " "
    if _within(ord(char), _SIGNS):
        return f" {char} "
    if char in _ALEFS:
        return "ا"
    decomposed = normalize("NFD", char)
    base = decomposed[0] if all(map(_is_dropped_mark, decomposed[1:])) else char
    if "\u0600" <= base <= "\u06ff":  # waw and yeh keep their hamza: only alefs are folded
        base = char
    return _LETTERS.get(base, base)


class _Table(dict[int, str]):
    """`_plain` for `str.translate`, remembered for the first two planes (letters and emoji), so its size is bounded."""

    def __missing__(self, code: int) -> str:
        plain = _plain(chr(code))
        if code < 0x20000:
            self[code] = plain
        return plain


_TABLE = _Table()
_ASCII = bytes(ord(_plain(chr(code).lower())) if code < 128 else 32 for code in range(256))


def _part(text: str) -> str:
    """`text` with each apostrophe made a space or left out."""
    parted: list[str] = []
    for word in text.split():
        left, *others = word.split("'")
        elided = left in _ELISIONS
        for right in others:
            inside = left and right and not left[-1].isdecimal() and right[0].isalpha()
            left += right if inside and not elided else " " + right
            elided = False
        parted.append(left)
    return " ".join(parted)


def tokens(text: str) -> list[str]:
    """The normalised words of `text`, in order; empty for a text of punctuation and symbols only.

    An apostrophe between letters separates after a French or Italian elision ("l'agent" -> l, agent) and otherwise
    vanishes ("don't" -> dont). Joining the result with spaces and normalising it again changes nothing.
    """
    if text.isascii():
        text = text.encode().translate(_ASCII).decode()
        return (_part(text) if "'" in text else text).split()
    text = text.replace("´", "'")  # NFKC would make it a space and a mark
    while True:
        text = normalize("NFKC", text).casefold().translate(_TABLE)
        if "'" in text:
            text = _part(text)
        # What was dropped may have kept two characters (Hangul jamo, say) from being composed.
        if is_normalized("NFKC", text):
            return text.split()


def shorten(token: str) -> str:
    """`token` with every run of three or more of the same letter cut to one: heeelp -> help. Digits stay: 1000."""
    return _ELONGATED.sub(r"\1", token)


def words(text: str) -> list[str]:
    """The words of `text` for comparing messages: its tokens, each shortened."""
    # In one go: no token holds a space, and a call for each word costs more than all the rest.
    return shorten(" ".join(tokens(text))).split()
