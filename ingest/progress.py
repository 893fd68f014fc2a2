"""How far a run is: the step in words, and where its parts are counted, the rate and the time left."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """What the job is at. ``total`` is 0 where the step has no parts to count."""

    text: str
    done: int = 0
    total: int = 0
    seconds: float = 0.0
    now: tuple[str, ...] = ()

    @property
    def rate(self) -> float:
        """Parts a second so far; 0 before the first is done."""
        return self.done / self.seconds if self.done and self.seconds > 0 else 0.0

    def __str__(self) -> str:
        if not self.total:
            return self.text
        words = [f"{self.text} {self.done} of {self.total}"]
        if self.rate:
            words.append(f"{_rate(self.rate)}, {_duration((self.total - self.done) / self.rate)} left")
        return " · ".join([*words, *([", ".join(self.now)] if self.now else [])])


Progress = Callable[[Step], None]


def silent(_: Step) -> None:
    """Progress that nobody wants to see."""


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        """On a clock that is never set back."""
        return time.monotonic() - self._start


class Paced:
    """Passes on each new step, and one every few seconds while it lasts: a log is no film."""

    def __init__(self, show: Progress, seconds: float) -> None:
        self._show = show
        self._seconds = seconds
        self._text = ""
        self._last = Stopwatch()

    def __call__(self, step: Step) -> None:
        """Show the step, if it is time."""
        if step.text != self._text or self._last.seconds >= self._seconds:
            self._text, self._last = step.text, Stopwatch()
            self._show(step)


def _rate(per_second: float) -> str:
    return f"{per_second:.1f} a second" if per_second >= 1 else f"{per_second * 60:.1f} a minute"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
