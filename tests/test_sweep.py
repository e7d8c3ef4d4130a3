"""Searching fault plans and shrinking the one that fails."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest

from dscourse.sim import At, Budget, Crash, Heal, Partition, Pause, Recover, Restart, random_plan
from dscourse.sweep import Judge, Survey, over, search, shrink

NODES = ("a", "b", "c")
PLAN = [
    At(37, Pause("a")), At(118, Crash("b")), At(160, Restart("b")), At(271, Partition({"a"}, {"b", "c"})),
    At(333, Heal()), At(1000, Recover()),
]  # fmt: skip


def has(*kinds: type) -> Judge:
    """Fails when a fault of each kind is in the plan."""

    def judge(plan: list[At]) -> str | None:
        found = all(any(isinstance(entry.fault, kind) for entry in plan) for kind in kinds)
        return f"{len(plan)} entries" if found else None

    return judge


def test_a_judge_that_never_complains_survives_all_seeds() -> None:
    seen: list[list[At]] = []
    survey = search(lambda plan: seen.append(plan), NODES, seeds=range(5, 12))
    assert survey
    assert repr(survey) == "survived 7 fault plans"
    assert seen == [random_plan(seed, NODES) for seed in range(5, 12)]


def test_a_judge_that_always_complains_is_left_with_no_fault() -> None:
    survey = search(lambda plan: "always", NODES, seeds=range(4))
    assert not survey
    assert survey == Survey(4, 4, (), "always")
    assert survey.share == 1.0


def test_the_plan_found_has_only_what_it_needs() -> None:
    survey = search(has(Crash), NODES, Budget(faults=4), seeds=range(60))
    assert 0 < survey.failed < 60
    assert survey.share == survey.failed / 60
    assert [type(entry.fault) for entry in survey.plan] == [Crash]
    assert survey.reason == "1 entries"


def test_the_survey_counts_the_plans_that_fail() -> None:
    judge = has(Partition)
    failing = [seed for seed in range(60) if judge(random_plan(seed, NODES)) is not None]
    assert search(judge, NODES, seeds=range(60)).failed == len(failing) > 0


def test_shrinking_keeps_every_entry_that_is_needed() -> None:
    plan, reason = shrink(PLAN, has(Crash, Partition))
    assert [type(entry.fault) for entry in plan] == [Crash, Partition]
    assert reason == "2 entries"
    for place in range(len(plan)):
        assert has(Crash, Partition)(plan[:place] + plan[place + 1 :]) is None


def test_shrinking_rounds_times_and_keeps_their_order() -> None:
    def judge(plan: list[At]) -> str | None:
        times = {type(entry.fault): entry.ms for entry in plan}
        late = times.get(Partition, 0) >= 260
        return "late" if late and Crash in times else None

    assert shrink(PLAN, judge)[0] == [At(100, Crash("b")), At(270, Partition({"a"}, {"b", "c"}))]


def test_the_reason_is_that_of_the_small_plan() -> None:
    _, reason = shrink(PLAN, lambda plan: f"{len(plan)} left" if len(plan) >= 3 else None)
    assert reason == "3 left"


def test_a_plan_that_does_not_fail_cannot_be_shrunk() -> None:
    with pytest.raises(ValueError, match=r"the plan \[\] does not fail"):
        shrink([], has(Crash))


def test_a_search_needs_a_seed() -> None:
    with pytest.raises(ValueError, match="seeds is empty"):
        search(has(Crash), NODES, seeds=[])


def test_what_else_is_loaded_changes_nothing() -> None:
    script = (
        "from dscourse import sweep\n"
        "judge = lambda plan: 'crash' if 'Crash(' in repr(plan) else None\n"
        "print(sweep.search(judge, ['a', 'b', 'c'], seeds=range(40)))"
    )
    runs = [
        subprocess.run([sys.executable, "-c", before + script], capture_output=True, text=True)
        for before in ("", "import hypothesis, networkx, random; random.seed(7)\n")
    ]
    assert runs[0].returncode == 0, runs[0].stderr
    assert runs[0].stdout == runs[1].stdout
    assert runs[0].stdout.startswith("failed under ")


def test_settings_keep_their_order_whoever_does_the_work() -> None:
    settings = [5.0, 1.0, 4.0, 2.0]
    assert over(settings, math.sqrt) == over(settings, math.sqrt, jobs=2)
    assert over(settings, math.sqrt, jobs=2) == [math.sqrt(one) for one in settings]


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_one_setting_raises_is_raised(jobs: int) -> None:
    with pytest.raises(ValueError, match=r"math domain error|nonnegative"):
        over([1.0, -1.0], math.sqrt, jobs=jobs)


def test_a_bar_is_drawn_on_request_only(capsys: pytest.CaptureFixture[str]) -> None:
    over([1.0, 4.0], math.sqrt)
    assert capsys.readouterr().err == ""
    over([1.0, 4.0], math.sqrt, progress=True)
    assert "2/2" in capsys.readouterr().err


def test_no_jobs_is_refused() -> None:
    with pytest.raises(ValueError, match="jobs=0: it must be 1 or more"):
        over([1.0], math.sqrt, jobs=0)
