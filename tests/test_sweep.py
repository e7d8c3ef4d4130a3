"""Searching fault plans and shrinking the one that fails."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import pytest

from dscourse.core.properties import Property, PropertyError
from dscourse.core.verdict import Verdict
from dscourse.sim import At, Budget, Crash, Heal, Partition, Pause, Recover, Restart, random_plan
from dscourse.sweep import Judge, Survey, over, search, shrink

NODES = ("a", "b", "c")
PLAN = [
    At(37, Pause("a")), At(118, Crash("b")), At(160, Restart("b")), At(271, Partition({"a"}, {"b", "c"})),
    At(333, Heal()), At(1000, Recover()),
]  # fmt: skip


def has(*kinds: type) -> Judge:
    """Fails when a fault of each kind is in the plan."""

    def judge(plan: list[At]) -> Verdict:
        found = all(any(isinstance(entry.fault, kind) for entry in plan) for kind in kinds)
        return Verdict("harmless", not found, f"{len(plan)} entries" if found else "")

    return judge


def test_a_judge_that_never_complains_survives_all_seeds() -> None:
    seen: list[list[At]] = []

    def judge(plan: list[At]) -> bool:
        seen.append(plan)
        return True

    survey = search(judge, NODES, seeds=range(5, 12))
    assert survey
    assert repr(survey) == "survived 7 fault plans"
    assert seen == [random_plan(seed, NODES) for seed in range(5, 12)]


def test_a_judge_that_always_complains_is_left_with_no_fault() -> None:
    survey = search(Property("never", lambda plan: False, "always"), NODES, seeds=range(4))
    assert not survey
    assert survey == Survey(4, 4, (), "always", violated="never")
    assert survey.share == 1.0


def test_a_passing_verdict_passes_and_a_failing_one_fails() -> None:
    """A verdict is judged by what it says, not by being there."""
    passing = search(lambda plan: Verdict("linearizable", True), NODES, seeds=range(3))
    assert (bool(passing), passing.failed) == (True, 0)
    failing = search(lambda plan: Verdict("linearizable", False, "r1"), NODES, seeds=range(3))
    assert (failing.failed, failing.reason, failing.violated) == (3, "r1", "linearizable")


def test_a_run_that_could_not_be_judged_is_neither_survived_nor_failed() -> None:
    nothing = Property("read", lambda plan: None)
    survey = search(nothing, NODES, seeds=range(3))
    assert not survey
    assert (survey.failed, survey.unknown) == (0, 3)
    assert repr(survey) == (
        "survived 0 of 3 fault plans; 3 could not be judged: it could not be judged"
    )
    crashes = {seed for seed in range(60) if not judged(random_plan(seed, NODES), Crash)}
    mixed = search(
        lambda plan: None if not judged(plan, Crash) else Verdict("empty", not plan, "a fault"),
        NODES, seeds=range(60),
    )  # fmt: skip
    assert mixed.unknown == len(crashes) > 0
    assert f"({mixed.unknown} could not be judged); smallest" in repr(mixed)


def judged(plan: list[At], kind: type) -> bool:
    return not any(isinstance(entry.fault, kind) for entry in plan)


@pytest.mark.parametrize("wrong", ["a reason", "", 0, 1, [], (True,), Survey(1, 0)])
def test_a_judge_that_returns_anything_else_is_an_error(wrong: object) -> None:
    def judge(plan: list[At]) -> object:
        return wrong

    with pytest.raises(TypeError, match=r"'judge' returned [^:]*: it must return True, False"):
        search(judge, NODES, seeds=range(3))  # type: ignore[arg-type]


def test_a_judge_that_raises_is_named_and_keeps_its_plan() -> None:
    def reads_all(plan: list[At]) -> bool:
        return {}["x"]  # type: ignore[no-any-return]

    with pytest.raises(PropertyError, match="'reads all' raised KeyError: 'x'") as caught:
        search(reads_all, NODES, seeds=[7])
    assert caught.value.schedule == tuple(random_plan(7, NODES))
    assert isinstance(caught.value.__cause__, KeyError)


def test_the_plan_found_has_only_what_it_needs() -> None:
    survey = search(has(Crash), NODES, Budget(faults=4), seeds=range(60))
    assert 0 < survey.failed < 60
    assert survey.share == survey.failed / 60
    assert [type(entry.fault) for entry in survey.plan] == [Crash]
    assert survey.reason == "1 entries"


def test_the_survey_counts_the_plans_that_fail() -> None:
    failing = [seed for seed in range(60) if not judged(random_plan(seed, NODES), Partition)]
    assert search(has(Partition), NODES, seeds=range(60)).failed == len(failing) > 0


def test_shrinking_keeps_every_entry_that_is_needed() -> None:
    plan, verdict = shrink(PLAN, has(Crash, Partition))
    assert [type(entry.fault) for entry in plan] == [Crash, Partition]
    assert verdict.reason == "2 entries"
    for index in range(len(plan)):
        rest = plan[:index] + plan[index + 1 :]
        assert judged(rest, Crash) or judged(rest, Partition)


def test_shrinking_keeps_what_fails() -> None:
    """With fewer faults another property fails: that would be another finding."""

    def judge(plan: list[At]) -> Verdict:
        if len(plan) > 3:
            return Verdict("safe", False, "much went wrong")
        return Verdict("live", False, "little went wrong")

    plan, verdict = shrink(PLAN, judge)
    assert (len(plan), verdict.model) == (4, "safe")


def test_shrinking_rounds_times_and_keeps_their_order() -> None:
    def judge(plan: list[At]) -> bool:
        times = {type(entry.fault): entry.ms for entry in plan}
        late = times.get(Partition, 0) >= 260
        return not (late and Crash in times)

    assert shrink(PLAN, judge)[0] == [At(100, Crash("b")), At(270, Partition({"a"}, {"b", "c"}))]


def test_the_reason_is_that_of_the_small_plan() -> None:
    few = Property("few", lambda plan: len(plan) < 3, lambda plan: f"{len(plan)} left")
    assert shrink(PLAN, few)[1].reason == "3 left"


def test_a_plan_that_does_not_fail_cannot_be_shrunk() -> None:
    with pytest.raises(ValueError, match=r"the plan \[\] does not fail"):
        shrink([], has(Crash))


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"nodes": "abc"}, r"nodes='abc': a list of the nodes' names is required"),
        ({"nodes": []}, r"nodes=\[\]: a list"),
        ({"seeds": 300}, r"seeds=300: a list or range is required; write range\(300\)"),
        ({"budget": 3}, r"budget=3: a Budget is required; write sim.Budget\(faults=3\)"),
        ({"judge": "linearizable"}, r"judge: 'linearizable' is no property"),
    ],
)
def test_another_form_of_argument_is_refused(settings: dict[str, Any], text: str) -> None:
    given = {"judge": has(Crash), "nodes": NODES, "budget": None, "seeds": range(3)}
    with pytest.raises(TypeError, match=text):
        search(**{**given, **settings})


def test_a_search_needs_a_seed() -> None:
    with pytest.raises(ValueError, match="seeds is empty"):
        search(has(Crash), NODES, seeds=[])


def test_what_else_is_loaded_changes_nothing() -> None:
    script = (
        "from dscourse import sweep\n"
        "judge = lambda plan: 'Crash(' not in repr(plan)\n"
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


def test_a_judge_that_changes_the_plan_does_not_change_the_evidence() -> None:
    def judge(plan: list[At]) -> bool:
        crashes = any(isinstance(entry.fault, Crash) for entry in plan)
        plan.clear()
        return not crashes

    survey = search(judge, NODES, seeds=range(10))
    assert survey.failed
    assert any(isinstance(entry.fault, Crash) for entry in survey.plan)


def test_a_judge_that_fails_only_once_is_still_counted() -> None:
    asked: list[int] = []

    def judge(plan: list[At]) -> bool:
        asked.append(len(plan))
        return len(asked) != 2

    survey = search(judge, NODES, seeds=range(3))
    assert (survey.runs, survey.failed, len(survey.plan)) == (3, 1, asked[1])


@pytest.mark.parametrize("ok", [True, None])
def test_a_run_with_nothing_to_judge_is_not_survived(ok: bool | None) -> None:
    survey = search(lambda plan: Verdict("calm", ok, vacuous=True), NODES, seeds=range(2))
    assert not survey
    assert repr(survey) == (
        "survived 0 of 2 fault plans; 2 could not be judged: there was nothing to judge"
    )


@pytest.mark.parametrize(
    ("kind", "arguments", "message"),
    [
        (ValueError, {"seeds": [1, 2, 1]}, "a seed is given twice"),
        (TypeError, {"seeds": [1.5]}, "seed=1.5: a whole number is required"),
        (TypeError, {"seeds": "12"}, "a list or range of whole numbers is required"),
        (TypeError, {"nodes": None}, "a list of the nodes' names is required"),
        (ValueError, {"nodes": ["a", "a"]}, "a name is given twice"),
    ],
)
def test_what_gives_no_plans_of_its_own_is_refused(
    kind: type[Exception], arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(kind, match=message):
        search(lambda plan: True, **{"nodes": NODES, **arguments})


@pytest.mark.parametrize("plan", [None, "ab", PLAN[0]])
def test_what_is_no_plan_is_not_shrunk(plan: Any) -> None:
    with pytest.raises(TypeError, match="a list is required"):
        shrink(plan, lambda plan: False)


def test_in_a_browser_one_process_does_the_work_and_a_sentence_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.setitem(sys.modules, "joblib", None)
    with pytest.warns(UserWarning, match="a browser has one process"):
        assert over([1, 2], lambda number: number + 1, jobs=-1) == [2, 3]
