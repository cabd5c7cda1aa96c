"""A straight line through measurements: how fast something grows, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt


@dataclass(frozen=True, slots=True)
class Slope:
    """What least squares make of points (time in s, value): the growth per second, its standard error, the mean."""

    per_s: float
    error_per_s: float
    mean: float
    points: int

    @property
    def share_per_hour(self) -> float:
        """Return how much it grows in an hour, as a part of its mean."""
        return self.per_s * 3600 / self.mean if self.mean else 0.0

    def grows(self, most_share_per_hour: float) -> bool:
        """Tell whether it grows faster than that, and by more than chance: twice its standard error."""
        return self.share_per_hour > most_share_per_hour and self.per_s > 2 * self.error_per_s


def fit(points: Sequence[tuple[float, float]]) -> Slope:
    """Fit a line; of fewer than three points the error is infinite."""
    count = len(points)
    if not count:
        return Slope(0.0, inf, 0.0, 0)
    mean_at = sum(at for at, _ in points) / count
    mean = sum(value for _, value in points) / count
    spread = sum((at - mean_at) ** 2 for at, _ in points)
    if not spread:
        return Slope(0.0, inf, mean, count)
    per_s = sum((at - mean_at) * (value - mean) for at, value in points) / spread
    if count < 3:
        return Slope(per_s, inf, mean, count)
    left = sum((value - mean - per_s * (at - mean_at)) ** 2 for at, value in points)
    return Slope(per_s, sqrt(left / (count - 2) / spread), mean, count)
