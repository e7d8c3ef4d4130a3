"""A percentile is a sample, and the smallest that is large enough."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dscourse.experiments.statistics import percentile

samples = st.lists(st.integers(-5, 5), min_size=1, max_size=30)


@given(samples, st.integers(0, 100))
def test_it_is_the_smallest_sample_that_enough_do_not_exceed(
    given: list[int], per_cent: int
) -> None:
    found = percentile(given, per_cent / 100)

    def enough(bound: float) -> bool:
        return 100 * sum(sample <= bound for sample in given) >= per_cent * len(given)

    assert found in given
    assert enough(found)
    assert not any(enough(sample) for sample in given if sample < found) or per_cent == 0


@pytest.mark.parametrize("share", [-0.1, 1.1, 90])
def test_a_share_outside_0_to_1_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        percentile([1.0], share)


def test_no_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="no samples"):
        percentile([], 0.5)


def test_the_rounding_of_a_product_of_floats_makes_no_difference() -> None:
    assert 0.07 * 100 > 7
    assert percentile(range(1, 101), 0.07) == 7
