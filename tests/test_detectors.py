"""Failure detectors: against scipy's distributions, exact sums, what the textbook versions get wrong, and quality."""

from __future__ import annotations

import copy
import itertools
import math
import random
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import log_ndtr

from dscourse import datasets
from dscourse.detectors import (
    AdaptiveTimeout,
    Change,
    Detector,
    Exponential,
    FixedTimeout,
    Heartbeats,
    Logistic,
    Monitor,
    Normal,
    PhiAccrual,
    Tail,
    TextbookPhi,
    TickingDetector,
    Window,
    deadlines,
    quality,
    simulated,
)

TAILS = (Normal(), Exponential(), Logistic())
LN10 = math.log(10)
MAKERS: dict[str, Callable[[], Detector]] = {
    "fixed": lambda: FixedTimeout(100, misses=4),
    "adaptive": lambda: AdaptiveTimeout(100, margin_ms=150, window=50),
    "normal": lambda: PhiAccrual(8, 100, 10, 0, 100, Normal()),
    "exponential": lambda: PhiAccrual(2, 100, 10, 0, 100, Exponential()),
    "logistic": lambda: PhiAccrual(8, 100, 10, 0, 100, Logistic()),
}
every_detector = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)

# --- tails ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("y", [*np.linspace(-8, 40, 481), 100.0, 1e4, 1e8])
def test_the_normal_tail_is_exact_at_any_phi(y: float) -> None:
    expected = -log_ndtr(-y) / LN10
    assert Normal().phi(100 + 10 * y, 100, 10) == pytest.approx(expected, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("elapsed", [1.0, 50.0, 100.0, 130.0, 170.0])
def test_tails_are_those_of_scipys_distributions(elapsed: float) -> None:
    normal, exponential = stats.norm(100, 10), stats.expon(0, 100)
    assert Normal().phi(elapsed, 100, 10) == pytest.approx(-normal.logsf(elapsed) / LN10)
    assert Exponential().phi(elapsed, 100, 10) == pytest.approx(-exponential.logsf(elapsed) / LN10)


@pytest.mark.parametrize("tail", TAILS)
def test_one_by_one_and_in_bulk_phi_is_the_same(tail: Tail) -> None:
    elapsed = np.linspace(0, 1_500, 400)
    one_by_one = [tail.phi(float(t), 100, 10) for t in elapsed]
    assert tail.phis(elapsed, 100, 10) == pytest.approx(one_by_one, rel=1e-12)


@pytest.mark.parametrize("tail", TAILS)
@given(phi=st.floats(0.01, 300), mean=st.floats(1, 1e4), deviation=st.floats(0.1, 1e3))
def test_the_time_at_which_phi_reaches_a_threshold(
    tail: Tail, phi: float, mean: float, deviation: float
) -> None:
    of_mean, of_deviation = tail.reach(phi)
    elapsed = of_mean * mean + of_deviation * deviation
    if elapsed > 0 and mean / deviation < 1e3:
        assert tail.phi(elapsed, mean, deviation) == pytest.approx(phi, rel=1e-8)


def test_the_logistic_approximation_overstates_phi_in_the_tail() -> None:
    """By 1.6 % at 3, 6.7 % at 5, 16 % at 8 and 42 % at 16."""
    for phi, more in ((3, 0.016), (5, 0.067), (8, 0.16), (16, 0.42)):
        y = Normal().reach(phi)[1]
        assert Logistic().phi(y, 0, 1) / phi - 1 == pytest.approx(more, abs=0.006)


# --- the window ----------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=60), st.integers(1, 20))
def test_mean_and_deviation_are_those_of_the_last_gaps(gaps_us: list[int], size: int) -> None:
    window = Window(size)
    for gap in gaps_us:
        window.add(gap / 1_000)
    last = [Fraction(gap) for gap in gaps_us[-size:]]
    mean = sum(last) / len(last)
    variance = sum((gap - mean) ** 2 for gap in last) / len(last)
    assert window.mean == pytest.approx(float(mean) / 1_000, rel=1e-14)
    assert window.deviation == pytest.approx(math.sqrt(variance) / 1_000, rel=1e-9, abs=1e-9)
    assert window.moments() == (window.mean, window.deviation)


def test_the_sums_do_not_drift_in_a_million_heartbeats() -> None:
    draws, window = random.Random(1), Window(100)
    for _ in range(1_000_000):
        window.add(draws.random() * 1e6)
    for _ in range(100):
        window.add(5.0)
    assert (window.mean, window.deviation) == (5.0, 0.0)


def test_a_copy_is_a_window_of_its_own() -> None:
    window = Window(3, [1.0, 2.0])
    twin = window.copy()
    twin.add(30.0)
    assert (len(window), len(twin), window.mean) == (2, 3, 1.5)


# --- every detector ------------------------------------------------------------------------------


def beats(count: int = 400, seed: int = 1, loss: float = 0.0) -> Heartbeats:
    return simulated(seed, count, loss=loss)


@every_detector
def test_suspicion_begins_at_the_deadline_and_ends_with_a_heartbeat(
    make: Callable[[], Detector],
) -> None:
    detector = make()
    deadlines(detector, beats())
    due = detector.deadline
    assert not detector.suspects(due - 0.001)
    assert detector.suspects(due + 0.001)
    detector.heartbeat(due + 50)
    assert not detector.suspects(due + 50)


@every_detector
def test_a_crash_is_found_out_in_the_end_and_a_punctual_node_is_not_suspected(
    make: Callable[[], Detector],
) -> None:
    detector = make()
    for now in range(100, 10_000, 100):
        assert not detector.suspects(now)
        detector.heartbeat(now)
    assert detector.suspects(12_000)


@every_detector
def test_a_node_that_dies_right_after_it_has_joined_is_found_out(
    make: Callable[[], Detector],
) -> None:
    assert make().suspects(2_000)
    assert not make().suspects(1)


@every_detector
def test_detectors_are_copied_with_what_they_know(make: Callable[[], Detector]) -> None:
    detector = make()
    deadlines(detector, beats(50))
    twin = copy.deepcopy(detector)
    twin.heartbeat(6_000)
    assert detector.last_ms < 6_000
    assert detector.deadline != twin.deadline


def test_a_fixed_timeout_counts_what_is_overdue_by_time_not_by_looks() -> None:
    detector = FixedTimeout(100, misses=3)
    detector.heartbeat(0)
    assert [detector.missed(now) for now in (99, 100, 299, 300)] == [0, 1, 2, 3]
    assert [detector.suspects(now) for now in (150, 151, 152)] == [False, False, False]
    ticking = TickingDetector(100)
    ticking.heartbeat("a", 0)
    assert [ticking.tick("a", now) for now in (150, 151, 152)] == [False, False, True]


def test_an_adaptive_timeout_tells_a_lost_heartbeat_from_a_late_one() -> None:
    """Chen, Toueg and Aguilera 2002, section 6.3: a lost heartbeat does not move the estimate."""
    whole, with_loss = (AdaptiveTimeout(100, 50) for _ in range(2))
    for number in range(1, 51):
        whole.heartbeat(100 * number + 7, number)
        if number % 5:
            with_loss.heartbeat(100 * number + 7, number)
    with_loss.heartbeat(100 * 50 + 7, 50)
    assert with_loss.deadline == whole.deadline == 100 * 51 + 7 + 50
    whole.heartbeat(
        5_100, 3
    )  # overtaken by all others: it shows that the node was up, and nothing else
    assert whole.deadline == 100 * 51 + 7 + 50


def test_it_follows_a_sender_whose_messages_take_longer_than_before() -> None:
    detector = AdaptiveTimeout(100, margin_ms=50, window=20)
    for number in range(1, 101):
        detector.heartbeat(100 * number + (10 if number < 50 else 200), number)
    assert detector.deadline == 100 * 101 + 200 + 50


# --- φ accrual -----------------------------------------------------------------------------------


def test_phi_is_the_tail_of_the_gaps_in_the_window() -> None:
    gaps = [90.0, 110.0, 95.0, 105.0, 100.0]
    detector = PhiAccrual(window=5, min_deviation_ms=1, pause_ms=0, first_ms=100)
    now = 0.0
    for gap in gaps:
        now += gap
        detector.heartbeat(now)
    expected = -stats.norm.logsf(30, np.mean(gaps) - 100, np.std(gaps)) / LN10
    assert detector.phi(now + 130) == pytest.approx(expected)
    times = now + np.linspace(0, 200, 50)
    assert detector.phis(times) == pytest.approx([detector.phi(float(t)) for t in times])


def test_pause_and_minimum_deviation_make_it_more_patient() -> None:
    def deadline(**given: float) -> float:
        detector = PhiAccrual(**{"min_deviation_ms": 1, "pause_ms": 0, "first_ms": 100, **given})  # type: ignore[arg-type]
        for now in range(100, 2_100, 100):
            detector.heartbeat(now)
        return detector.deadline

    assert deadline(pause_ms=500) == pytest.approx(deadline() + 500)
    assert deadline(min_deviation_ms=100) > deadline() + 400
    assert deadline(threshold=12) > deadline(threshold=8) > deadline(threshold=3)


def test_an_outage_is_not_taken_for_usual() -> None:
    """After an outage of 20 s the next crash is found out as soon as before it; the textbook version takes longer."""
    ours = PhiAccrual(8, 100, 10, 0, 100)
    theirs = TextbookPhi(8, 100, 10)
    times = [*range(0, 5_000, 100), *range(25_000, 27_000, 100)]
    for now in times:
        ours.heartbeat(now)
        theirs.heartbeat("a", now)
    assert ours.suspects(times[-1] + 200)
    assert theirs.phi("a", times[-1] + 5_000) < 8


def test_what_else_the_textbook_version_gets_wrong() -> None:
    detector = TextbookPhi()
    assert detector.phi("never heard of", 5) == math.inf
    detector.heartbeat("a", 0)
    assert detector.phi("a", 3_600_000) == 0
    for now in range(1_000, 20_000, 1_000):
        detector.heartbeat("a", now)
    assert detector.phi("a", 19_000 + 4_000) == math.inf  # 30 standard deviations after the mean
    exact = PhiAccrual(8, window=10, min_deviation_ms=100, pause_ms=0, first_ms=1_000)
    for now in range(0, 20_000, 1_000):
        exact.heartbeat(now)
    assert exact.phi(19_000 + 4_000) == pytest.approx(197, abs=2)


# --- a monitor -----------------------------------------------------------------------------------


def watching() -> tuple[Monitor, list[Change]]:
    monitor = Monitor(lambda start: FixedTimeout(100, misses=2, start_ms=start))
    changes: list[Change] = []
    monitor.listen(changes.append)
    return monitor, changes


def test_listeners_hear_of_each_change_once() -> None:
    monitor, changes = watching()
    monitor.watch("a", 0)
    monitor.watch("b", 50)
    assert monitor.check(199) == []
    assert monitor.check(230) == [Change("a", True, 230)]
    assert monitor.check(240) == []
    monitor.heartbeat("a", 245)
    assert monitor.check(260) == [Change("b", True, 260)]
    assert changes == [Change("a", True, 230), Change("a", False, 245), Change("b", True, 260)]
    assert monitor.suspected == ("b",)
    monitor.forget("b")
    assert not monitor.suspected


def test_who_is_not_watched_is_not_known() -> None:
    monitor, _ = watching()
    with pytest.raises(LookupError, match="'a' is not watched: watched are nobody yet"):
        monitor.heartbeat("a", 0)
    monitor.watch("a", 0)
    with pytest.raises(ValueError, match="'a' is watched already"):
        monitor.watch("a", 5)
    with pytest.raises(LookupError, match="'b' is not watched: watched are a"):
        monitor.forget("b")


# --- quality -------------------------------------------------------------------------------------


def test_quality_by_hand() -> None:
    arrived = np.array([0.0, 100.0, 350.0, 400.0])
    heartbeats = Heartbeats(np.arange(1, 5), arrived, arrived)
    found = quality(FixedTimeout(100, misses=2), heartbeats)
    assert (found.mistakes, found.mistake_ms, found.longest_ms) == (1, 50.0, 200.0)
    assert found.accuracy == pytest.approx(1 - 50 / 400)
    assert found.per_hour == pytest.approx(3_600_000 / 400)
    # A crash in the first gap is detected after 200 to 100 ms, in the second after 200 to 0 ms (the suspicion begins
    # before the gap ends), in the third after 200 to 150 ms.
    areas = [100 * 150, 200 * 100, 50 * 175]
    assert found.detection_ms == pytest.approx(sum(areas) / 400)
    assert (found.recurrence_ms, found.good_ms) == (400, 350)


def crashed(make: Callable[[], Detector], heartbeats: Heartbeats, crash_ms: float) -> float:
    """The detection time of a crash: all heartbeats sent by then arrive, and are heard by a detector of its own."""
    detector = make()
    for sent, arrived, number in zip(
        heartbeats.sent_ms.tolist(),
        heartbeats.arrived_ms.tolist(),
        heartbeats.number.tolist(),
        strict=True,
    ):
        if sent <= crash_ms:
            detector.heartbeat(arrived, number)
    moments = [detector.last_ms, detector.deadline, math.nextafter(detector.deadline, math.inf)]
    final = next(now for now in moments if now >= detector.last_ms and detector.suspects(now))
    assert detector.suspects(final + 1e6)
    return max(0.0, final - crash_ms)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from(sorted(MAKERS)),
    st.sampled_from([0.0, 0.3]),
    st.sampled_from([5.0, 60.0, 300.0]),
    st.integers(0, 10),
)
def test_detection_time_is_that_of_crashes_at_every_moment(
    seed: int, name: str, loss: float, jitter: float, skip: int
) -> None:
    """Chen, Toueg and Aguilera 2002, section 2; with much jitter, heartbeats overtake each other."""
    heartbeats = simulated(seed, 25, 100, loss, lambda draws, n: draws.exponential(jitter, n))
    if len(heartbeats) < skip + 2:
        return
    found = quality(MAKERS[name](), heartbeats, skip)
    sent = np.sort(heartbeats.sent_ms)[skip:]
    moments = np.linspace(sent[0], sent[-1], 1_500, endpoint=False) + (sent[-1] - sent[0]) / 3_000
    times = [crashed(MAKERS[name], heartbeats, float(moment)) for moment in moments]
    assert found.detection_ms == pytest.approx(np.mean(times), abs=2.5)
    assert max(times) <= found.longest_ms + 1e-6
    assert found.longest_ms == pytest.approx(max(times), abs=5)


def test_long_gaps_hold_more_crashes_than_short_ones() -> None:
    """Nine gaps of 10 ms and one of 910 ms: nine crashes of ten come in the long one, not one of ten."""
    at = np.array([*range(0, 100, 10), 1_000.0])
    found = quality(FixedTimeout(500, misses=2), Heartbeats(np.arange(1, 12), at, at))
    assert found.detection_ms == pytest.approx((90 * 995 + 910 * 545) / 1_000)


def test_a_crash_of_a_node_that_is_suspected_already_is_detected_at_once() -> None:
    at = np.array([0.0, 1_000.0, 2_000.0])
    found = quality(FixedTimeout(10, misses=1), Heartbeats(np.arange(1, 4), at, at))
    assert found.detection_ms == pytest.approx(10 * 10 / 2 / 1_000)
    assert found.longest_ms == 10
    assert found.accuracy == pytest.approx(0.01)


def answers(make: Callable[[], Detector], heartbeats: Heartbeats, step_ms: float) -> list[bool]:
    """Return whether the node is suspected at each moment from the first arrival to the last."""
    detector, answers_at = make(), []
    pairs = list(zip(heartbeats.arrived_ms.tolist(), heartbeats.number.tolist(), strict=True))
    detector.heartbeat(*pairs[0])
    now, following = pairs[0][0], 1
    while now < pairs[-1][0]:
        while pairs[following][0] <= now:
            detector.heartbeat(*pairs[following])
            following += 1
        answers_at.append(detector.suspects(now))
        now += step_ms
    return answers_at


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(sorted(MAKERS)), st.sampled_from([5.0, 100.0]))
def test_mistakes_recur_and_last_as_their_definitions_say(
    seed: int, name: str, jitter: float
) -> None:
    """A mistake is a transition from trust to suspicion; found by asking five times per ms."""
    heartbeats = simulated(seed, 40, 100, 0.3, lambda draws, n: draws.exponential(jitter, n))
    found, step = quality(MAKERS[name](), heartbeats), 0.2
    answers_at = answers(MAKERS[name], heartbeats, step)
    spells = [(now, len(list(some))) for now, some in itertools.groupby(answers_at)]
    seen = [length * step for suspected, length in spells if suspected]
    short = sum(
        1 for suspected, length in spells if length * step < 1
    )  # a spell between two moments
    assert len(seen) - short <= found.mistakes <= len(seen) + short + 2
    assert 1 - found.accuracy == pytest.approx(np.mean(answers_at), abs=0.01)
    if found.mistakes == len(seen):
        lasted = len(answers_at) * step
        assert found.mistake_ms == pytest.approx(sum(seen) / max(1, len(seen)), abs=3)
        assert found.mistakes == 0 or found.recurrence_ms == pytest.approx(
            lasted / len(seen), rel=0.02
        )
        assert found.accuracy == pytest.approx(found.good_ms / found.recurrence_ms if seen else 1)


def test_a_heartbeat_that_clears_nothing_ends_no_mistake() -> None:
    """A sender that has become slower than the expectation: one long suspicion, not one per heartbeat."""
    late = np.array([*range(100, 2_100, 100), *range(4_000, 4_500, 100), 7_000.0])
    heartbeats = Heartbeats(np.arange(1, len(late) + 1), late, late)
    detector = AdaptiveTimeout(100, margin_ms=50, window=50)
    assert quality(detector, heartbeats).mistakes == 1


def test_there_is_no_quality_of_one_moment() -> None:
    at = np.array([5.0, 5.0, 5.0])
    with pytest.raises(ValueError, match="there is no time in which to judge"):
        quality(FixedTimeout(100), Heartbeats(np.arange(1, 4), at, at))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(sorted(MAKERS)), st.sampled_from([0.0, 0.2]))
def test_quality_is_what_asking_at_every_moment_would_find(
    seed: int, name: str, loss: float
) -> None:
    heartbeats = beats(60, seed, loss)
    found = quality(MAKERS[name](), heartbeats)
    detector, wrong_ms, mistakes = MAKERS[name](), 0.0, 0
    pairs = list(zip(heartbeats.arrived_ms.tolist(), heartbeats.number.tolist(), strict=True))
    for (now, number), (following, _) in itertools.pairwise(pairs):
        detector.heartbeat(now, number)
        asked = np.linspace(now, following, 400, endpoint=False)
        answers = [detector.suspects(float(t)) for t in asked]
        wrong_ms += sum(answers) * (following - now) / 400
        mistakes += detector.suspects(math.nextafter(following, 0))
    assert found.mistakes == mistakes
    assert found.mistake_ms * found.mistakes == pytest.approx(wrong_ms, abs=2 * len(pairs))


def test_of_two_thresholds_the_higher_is_slower_and_wrong_less_often() -> None:
    heartbeats = beats(5_000, 3, loss=0.05)
    found = [quality(PhiAccrual(t, 200, 5, 0, 100), heartbeats, skip=100) for t in (1, 2, 4, 8)]
    assert [one.detection_ms for one in found] == sorted(one.detection_ms for one in found)
    assert [one.mistakes for one in found] == sorted((one.mistakes for one in found), reverse=True)
    assert found[0].mistakes > found[-1].mistakes


@pytest.mark.parametrize("name", ["idle", "starved", "paused"])
@every_detector
def test_every_detector_runs_on_the_recorded_heartbeats(
    make: Callable[[], Detector], name: str
) -> None:
    heartbeats = Heartbeats.recorded(datasets.load(f"heartbeats/{name}"))
    found = quality(make(), heartbeats, skip=100)
    assert found.longest_ms > 50
    if name == "idle":
        assert (found.mistakes, found.accuracy) == (0, 1.0)


def test_heartbeats_are_the_same_for_the_same_seed() -> None:
    one, other = simulated(7, 300, loss=0.2), simulated(7, 300, loss=0.2)
    assert (one.arrived_ms == other.arrived_ms).all()
    assert (np.diff(one.arrived_ms) >= 0).all()
    assert 200 < len(one) < 280


# --- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FixedTimeout(0), "interval_ms=0: it must be a finite number above 0"),
        (lambda: FixedTimeout(-5), "interval_ms=-5"),
        (lambda: FixedTimeout(100, misses=0), "misses=0"),
        (lambda: FixedTimeout(100, start_ms=math.nan), "start_ms=nan"),
        (lambda: AdaptiveTimeout(100, margin_ms=-1), "margin_ms=-1"),
        (lambda: AdaptiveTimeout(100, 50, window=0), "window=0"),
        (lambda: PhiAccrual(threshold=0), "threshold=0: it must be a finite number above 0"),
        (lambda: PhiAccrual(threshold=math.inf), "threshold=inf"),
        (lambda: PhiAccrual(window=0), "window=0: it must hold at least 1 gap"),
        (lambda: PhiAccrual(min_deviation_ms=0), "min_deviation_ms=0"),
        (lambda: PhiAccrual(pause_ms=-1), "pause_ms=-1"),
        (lambda: PhiAccrual(first_ms=math.nan), "first_ms=nan"),
        (lambda: quality(FixedTimeout(100), beats(5), skip=4), "at least 2 must be left"),
    ],
)
def test_settings_that_cannot_be_are_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@every_detector
def test_time_does_not_go_back(make: Callable[[], Detector]) -> None:
    detector = make()
    detector.heartbeat(500)
    with pytest.raises(
        ValueError, match="now_ms=499: the last heartbeat came at 500 ms, and time does not go back"
    ):
        detector.heartbeat(499)
    with pytest.raises(ValueError, match="the last heartbeat came at 500 ms"):
        detector.suspects(499)
    assert detector.last_ms == 500


HUGE = (math.nan, math.inf, -math.inf, 1e300, 10**400)


@pytest.mark.parametrize("now", HUGE)
@every_detector
def test_a_time_that_is_none_is_refused_by_name_and_changes_nothing(
    make: Callable[[], Detector], now: float
) -> None:
    detector = make()
    deadlines(detector, beats(50))
    last, due = detector.last_ms, detector.deadline
    asks = [
        detector.heartbeat,
        detector.suspects,
        *([detector.phi] if isinstance(detector, PhiAccrual) else []),
    ]
    asks += [detector.missed] if isinstance(detector, FixedTimeout) else []
    for ask in asks:
        with pytest.raises(ValueError, match="now_ms="):
            ask(now)
    assert (detector.last_ms, detector.deadline) == (last, due)
    detector.heartbeat(last + 100)
    assert detector.deadline < due + 1_000


TIMES = st.floats(0, 1e15) | st.floats(0, 1e4) | st.just(0.0)


@every_detector
@given(gaps=st.lists(TIMES, max_size=12), number=st.booleans(), after=TIMES)
def test_whatever_the_gaps_nothing_overflows(
    make: Callable[[], Detector], gaps: list[float], number: bool, after: float
) -> None:
    detector, now = make(), 0.0
    for count, gap in enumerate(gaps, start=1):
        now = min(now + gap, 1e15)
        detector.heartbeat(now, count if number else None)
        assert not math.isnan(detector.deadline)
        assert detector.deadline >= now
    later = min(now + after, 1e15)
    assert detector.suspects(later) == (later >= detector.deadline)
    if isinstance(detector, PhiAccrual):
        assert detector.phi(later) >= 0


@pytest.mark.parametrize("tail", TAILS)
@given(
    elapsed=st.floats(-1e308, 1e308),
    mean=st.floats(5e-324, 1e308),
    deviation=st.floats(5e-324, 1e308),
)
def test_phi_is_a_number_for_any_gaps(
    tail: Tail, elapsed: float, mean: float, deviation: float
) -> None:
    found = tail.phi(elapsed, mean, deviation)
    assert not math.isnan(found)
    assert found >= 0 or isinstance(tail, Exponential)


@pytest.mark.parametrize("tail", TAILS)
@given(st.floats(5e-324, 1e15))
def test_every_threshold_is_reached(tail: Tail, phi: float) -> None:
    assert all(map(math.isfinite, tail.reach(phi)))


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
@pytest.mark.parametrize("tail", TAILS)
def test_what_a_tail_divides_by_is_above_0(tail: Tail, bad: float) -> None:
    mean, deviation = (bad, 1.0) if isinstance(tail, Exponential) else (1.0, bad)
    for ask in (
        lambda: tail.phi(5, mean, deviation),
        lambda: tail.phis(np.array([5.0]), mean, deviation),
    ):
        with pytest.raises(ValueError, match="it must be a finite number above 0"):
            ask()


@given(st.floats(0, 1e12), st.floats(0.001, 1e6), st.floats(-1e6, 1e12))
def test_the_textbooks_phi_does_not_overflow(gap: float, deviation: float, after: float) -> None:
    detector = TextbookPhi(min_deviation_ms=deviation)
    for now in (0.0, gap, 2 * gap):
        detector.heartbeat("a", now)
    assert detector.phi("a", 2 * gap + after) >= 0


def test_long_before_the_next_heartbeat_the_textbooks_phi_is_0() -> None:
    detector = TextbookPhi(min_deviation_ms=10)
    for now in (0, 3_000, 6_000):
        detector.heartbeat("a", now)
    assert (detector.phi("a", 6_500), detector.phi("a", 9_000)) == (0, pytest.approx(math.log10(2)))


@pytest.mark.parametrize("number", [0, -3, 1.5, math.nan, 10**20, "4"])
def test_heartbeats_are_numbered_from_1_on(number: object) -> None:
    detector = AdaptiveTimeout(100, 50)
    with pytest.raises(ValueError, match="heartbeats are numbered 1, 2, 3 and so on"):
        detector.heartbeat(100, number)  # type: ignore[arg-type]
    assert detector.last_ms == 0


def test_a_sender_that_counts_anew_needs_a_fresh_detector() -> None:
    """The assumption of `AdaptiveTimeout`, broken: a restarted sender stays suspected, though it is heard."""
    detector, fresh = AdaptiveTimeout(100, 50), AdaptiveTimeout(100, 50, start_ms=10_000)
    for number in range(1, 101):
        detector.heartbeat(100 * number, number)
    for number in range(1, 21):
        for one in (detector, fresh):
            one.heartbeat(10_100 + 100 * number, number)
    assert (detector.suspects(12_101), fresh.suspects(12_101)) == (True, False)


@every_detector
def test_a_clone_goes_on_by_itself(make: Callable[[], Detector]) -> None:
    detector, other = make(), make()
    deadlines(detector, beats(50))
    deadlines(other, beats(50))
    twin = detector.clone()
    for now in range(6_000, 9_000, 130):
        twin.heartbeat(now)
    assert (detector.last_ms, detector.deadline) == (other.last_ms, other.deadline)
    detector.heartbeat(5_500)
    other.heartbeat(5_500)
    assert detector.deadline == other.deadline


@pytest.mark.parametrize("now", HUGE)
def test_a_monitors_time_is_a_number(now: float) -> None:
    monitor, _ = watching()
    monitor.watch("a", 0)
    for ask in (
        monitor.check,
        lambda t: monitor.heartbeat("a", t),
        lambda t: monitor.watch("b", t),
    ):
        with pytest.raises(ValueError, match="_ms="):
            ask(now)
    assert list(monitor.detectors) == ["a"]
    assert monitor.check(300) == [Change("a", True, 300)]


def test_an_early_reading_concerns_its_own_node_alone() -> None:
    monitor, _ = watching()
    for node in ("a", "b"):
        monitor.watch(node, 0)
    monitor.heartbeat("a", 5_000)  # by a clock that is fast
    assert monitor.check(400) == [Change("b", True, 400)]
    with pytest.raises(ValueError, match="the last heartbeat came at 5000 ms"):
        monitor.heartbeat("a", 450)
    monitor.heartbeat("b", 450)
    assert monitor.suspected == ()
    assert monitor.check(6_000) == [Change("a", True, 6_000), Change("b", True, 6_000)]


def test_a_listener_may_change_what_is_watched() -> None:
    monitor = Monitor(lambda start: FixedTimeout(100, misses=2, start_ms=start))
    monitor.listen(lambda change: monitor.forget("b") if "b" in monitor.detectors else None)
    for node in ("a", "b"):
        monitor.watch(node, 0)
    monitor.check(500)
    assert monitor.suspected == ("a",)


@pytest.mark.parametrize("gap", [math.nan, math.inf, -math.inf, 1e300])
def test_a_window_holds_gaps_that_are_numbers(gap: float) -> None:
    window = Window(3, [5.0])
    with pytest.raises(ValueError, match="gap_ms="):
        window.add(gap)
    assert (len(window), window.mean) == (1, 5.0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: simulated(1, 10, interval_ms=0), "interval_ms=0"),
        (lambda: simulated(1, 10, loss=1.5), "loss=1.5: a share from 0 to 1 is required"),
        (lambda: simulated(1, 10, delay=lambda _, n: np.full(n, -1.0)), "negative or not finite"),
        (lambda: quality(FixedTimeout(100), beats(5), skip=-1), "at least 2 must be left"),
        (lambda: Window(2.5), "window=2.5"),  # type: ignore[arg-type]
        (lambda: TickingDetector(0), "timeout_ms=0"),
        (lambda: TextbookPhi(min_deviation_ms=0), "min_deviation_ms=0"),
        (lambda: FixedTimeout(10**400), "interval_ms=1000"),
        (lambda: FixedTimeout("100"), "interval_ms='100'"),  # type: ignore[arg-type]
    ],
)
def test_other_settings_that_cannot_be_are_refused(
    make: Callable[[], object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_numpys_numbers_are_numbers() -> None:
    detector = FixedTimeout(np.int64(100), misses=np.float32(2), start_ms=np.int64(0))  # type: ignore[arg-type]
    assert detector.deadline == 200
