"""Tests of how much the random tests try, every day and in a soak."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests import effort
from tests.few_cases import spread
from tests.soak import parts

SEEDS = range(1_000, 1_103)


@pytest.mark.parametrize("hands", [1, 2, 4])
def test_the_settings_of_a_protocol_share_all_the_seeds(hands: int) -> None:
    parts = [effort.dealt(SEEDS, hand, hands) for hand in range(hands)]
    assert [seed for part in parts for seed in part] == list(SEEDS)


@pytest.mark.parametrize(
    ("soak", "part", "examples"), [(True, 60, (100, 100)), (False, 200, (25, 5))]
)
def test_what_is_refuted_anyway_is_tried_with_a_part_of_the_seeds(
    monkeypatch: pytest.MonkeyPatch, soak: bool, part: int, examples: tuple[int, int]
) -> None:
    monkeypatch.setattr(effort, "SOAK", soak)
    assert effort.a_part(range(600)) == range(part)
    assert effort.a_part(SEEDS) == SEEDS[:40]
    assert effort.a_part(SEEDS[:24]) == SEEDS[:24]
    assert (effort.samples(100), effort.samples(100, 20)) == examples


@pytest.mark.parametrize(
    ("asked", "seeds"),
    [("", range(7)), ("5000", range(5_000)), ("5000-5010", range(5_000, 5_010))],
)
def test_seeds_are_chosen_by_number_or_by_range(
    monkeypatch: pytest.MonkeyPatch, asked: str, seeds: range
) -> None:
    monkeypatch.setenv("DSCOURSE_SEEDS", asked)
    assert effort.chosen_seeds(7) == seeds


def test_a_test_of_all_the_seeds_has_seeds_in_its_name() -> None:
    """``make soak`` chooses the tests of seeds by that."""
    nameless = [
        f"{path.stem}.{test.name}"
        for path in sorted(Path(__file__).with_name("protocols").glob("test_*.py"))
        for test in ast.parse(path.read_text()).body
        if isinstance(test, ast.FunctionDef) and test.name.startswith("test_")
        if "seeds" not in test.name and _uses_all(test)
    ]
    assert nameless == []


def _uses_all(test: ast.FunctionDef) -> bool:
    """True if SEEDS is used as it is, and not only a slice of it."""
    cut = [node.value for node in ast.walk(test) if isinstance(node, ast.Subscript)]
    return any(
        isinstance(node, ast.Name) and node.id == "SEEDS" and node not in cut
        for node in ast.walk(test)
    )


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 50, 101])
def test_of_many_cases_three_are_chosen_the_first_and_the_last_among_them(number: int) -> None:
    positions = spread(number)
    assert len(positions) == min(number, 3)
    assert {0, number - 1} <= positions <= set(range(number))


def test_other_versions_of_python_run_three_cases_of_each_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("case", range(10))
        def test_of_many(case): pass

        class TestOfTwo:
            @pytest.mark.parametrize("case", "ab")
            def test_two(self, case): pass

        def test_alone(): pass
        """
    )
    result = pytester.inline_run("-p", "tests.few_cases", "-p", "no:cacheprovider")
    result.assertoutcome(passed=6)
    names = [call.item.name for call in result.getcalls("pytest_runtest_setup")]
    assert names == [
        "test_of_many[0]", "test_of_many[4]", "test_of_many[9]", "test_two[a]", "test_two[b]", "test_alone",
    ]  # fmt: skip


def test_the_parts_of_a_soak_are_all_its_seeds_in_every_file() -> None:
    some = [(file, range(*map(int, span.split("-")))) for file, span in parts("500-2600")]
    of_one = [seed for file, span in some if file.endswith("test_quorum_store.py") for seed in span]
    assert of_one == list(range(500, 2_600))
    assert len({file for file, _ in some}) > 30
