"""How the time of a function grows with its input; and inputs that make regular expressions backtrack."""

from __future__ import annotations

import gc
import random
import re
import time
from collections.abc import Callable, Iterator
from re import _constants as codes
from re import _parser as parser
from typing import Any

MOST_GROWTH = 2.4  # of the time, where the input is twice as long: 2 is linear, 4 quadratic
MEASURABLE = 0.003  # seconds of processor time
LONGEST = 1.0  # seconds after which nothing more is doubled
LENGTHS = (60, 500, 2_000, 8_000, 16_000)

Make = Callable[[int], Any]
"""An input of about as many characters."""


def growth(work: Callable[[Any], object], make: Make, lengths: tuple[int, ...] = LENGTHS) -> float:
    """By how much the time grows where the input is twice as long; 0 where it is too short to be measured.

    The lengths are tried in turn, so that exponential time is found before it is spent. What grows too
    fast is doubled twice more, and the least growth counts: it stays where it is no accident of the machine.
    """
    length = next((each for each in lengths if _time(work, make(each), 1) > MEASURABLE), None)
    if length is None:
        return 0.0
    least = float("inf")
    for doubling in range(3):
        once, twice = _least_times(work, make(length << doubling), make(length << doubling + 1))
        if twice <= MEASURABLE:  # a cache has taken the work away
            return 0.0
        least = min(least, twice / once)
        if least <= MOST_GROWTH or twice > LONGEST:
            break
    return least


def _least_times(work: Callable[[Any], object], *texts: Any) -> list[float]:
    """The times for two inputs, in turns and often: another process may be in the way of a measurement."""
    times = [float("inf"), float("inf")]
    for attempt in range(8):
        times = [min(best, _time(work, text, 2)) for best, text in zip(times, texts, strict=True)]
        if (attempt and times[1] <= MOST_GROWTH * times[0]) or times[1] > LONGEST:
            break
    return times


def _time(work: Callable[[Any], object], text: Any, repetitions: int) -> float:
    times = []
    gc.disable()  # its rounds would count for the input during which they happen
    try:
        for _ in range(repetitions):
            start = time.process_time()
            work(text)
            times.append(time.process_time() - start)
    finally:
        gc.enable()
    return min(times)


_BEFORE = ("", "x", " ", "x ", "(", '"')
_AFTER = ("", "!", "\0", "x", "\n!", " x (")
_LETTERS = " aAzZ09_-.,:;/()[]'\"\n\tあァ漢é第!?&%#@<>=\0"
_ENDLESS = 40  # repetitions from which on a quantifier is a long one


def attacks(pattern: re.Pattern[Any], count: int, seed: int) -> Iterator[Make]:
    """Inputs that nearly match a pattern: with long runs of what it repeats, and something after them."""
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
    is_bytes = isinstance(pattern.pattern, bytes)
    chance = random.Random(seed)
    for number in range(count):
        yield _attack(tree, is_bytes, pumped=(1, 0.5, 0.3)[number % 3], chance=chance)


def _attack(tree: Any, is_bytes: bool, pumped: float, chance: random.Random) -> Make:
    seed, before, after = chance.random(), chance.choice(_BEFORE), chance.choice(_AFTER)
    is_repeated = chance.random() < 0.3

    def make(length: int) -> Any:
        sampler = _Sampler(random.Random(seed), is_bytes, pumped)
        text = sampler.sample(tree, 1) * length if is_repeated else sampler.sample(tree, length)
        text = before + text + after
        return text.encode("latin-1", "replace") if is_bytes else text

    return make


class _Sampler:
    """Makes a text that a parsed pattern matches, long quantifiers repeated as often as is said."""

    def __init__(self, chance: random.Random, is_ascii: bool, pumped: float) -> None:
        self._chance, self._pumped = chance, pumped
        self._letters = [each for each in _LETTERS if not is_ascii or each.isascii()]
        self._groups: dict[int, str] = {}

    def sample(self, tree: Any, times: int) -> str:
        return "".join(self._one(operation, value, times) for operation, value in tree)

    def _one(self, operation: Any, value: Any, times: int) -> str:
        match operation:
            case codes.LITERAL:
                return chr(value)
            case codes.NOT_LITERAL:
                return self._chance.choice([each for each in self._letters if ord(each) != value])
            case codes.ANY:
                return self._chance.choice("a -(")
            case codes.IN:
                return self._letter_of(value)
            case codes.BRANCH:
                return self.sample(self._chance.choice(value[1]), times)
            case codes.SUBPATTERN:
                text = self.sample(value[3], times)
                self._groups[value[0]] = text
                return text
            case codes.ATOMIC_GROUP:
                return self.sample(value, times)
            case codes.MAX_REPEAT | codes.MIN_REPEAT | codes.POSSESSIVE_REPEAT:
                return self._repeat(*value, times)
            case codes.GROUPREF:
                return self._groups.get(value, "")
        return ""  # what matches no character

    def _repeat(self, least: int, most: int, tree: Any, times: int) -> str:
        if most >= _ENDLESS and self._chance.random() < self._pumped:
            piece = "".join(self.sample(tree, 1) for _ in range(self._chance.choice((1, 1, 2)))) or "x"
            return piece * (min(times, most) // len(piece) or 1)
        return "".join(
            self.sample(tree, times) for _ in range(self._chance.choice((least, min(least + 1, most))))
        )

    def _letter_of(self, choices: Any) -> str:
        letters = [each for each in self._letters if _holds(choices, each)]
        if choices[0][0] is not codes.NEGATE:
            letters += [chr(value) for operation, value in choices if operation is codes.LITERAL]
            letters += [chr(end) for operation, value in choices if operation is codes.RANGE for end in value]
        return self._chance.choice(letters or ["x"])


def _holds(choices: Any, letter: str) -> bool:
    found = is_negated = False
    for operation, value in choices:
        match operation:
            case codes.NEGATE:
                is_negated = True
            case codes.LITERAL:
                found |= ord(letter) == value
            case codes.RANGE:
                found |= value[0] <= ord(letter) <= value[1]
            case codes.CATEGORY:
                found |= _CATEGORIES[value](letter)
    return found != is_negated


_CATEGORIES = {
    codes.CATEGORY_SPACE: str.isspace,
    codes.CATEGORY_NOT_SPACE: lambda letter: not letter.isspace(),
    codes.CATEGORY_DIGIT: str.isdecimal,
    codes.CATEGORY_NOT_DIGIT: lambda letter: not letter.isdecimal(),
    codes.CATEGORY_WORD: lambda letter: letter.isalnum() or letter == "_",
    codes.CATEGORY_NOT_WORD: lambda letter: not (letter.isalnum() or letter == "_"),
}
