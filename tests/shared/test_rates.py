"""Rates of expensive requests, by user and by network."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest

from shared.errors import RateExceeded
from shared.networks import WIDE_NETWORK_FACTOR
from shared.rates import MAX_RATE_KEYS, OwnFullTimes, Rate, RequestRates, TokenBuckets
from shared.schemas.audit import Caller
from shared.settings import RateSettings

AMY, BEN = uuid4(), uuid4()


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["of one process", "of several"])
def rates(request: pytest.FixtureRequest, clock: Clock, tmp_path: Path) -> RequestRates:
    settings = RateSettings(user_per_second=1, user_burst=3, network_per_second=2, network_burst=5)
    shared = tmp_path / "rates" if request.param == "of several" else None
    return RequestRates(settings, clock, shared=shared)


def accepted(rates: RequestRates, user_id: UUID | None, address: str, tries: int = 1) -> int:
    """The number of requests that were accepted before the first refusal."""
    for done in range(tries):
        try:
            rates.charge(Caller(user_id=user_id, address=address))
        except RateExceeded:
            return done
    return tries


def test_a_user_is_limited_whatever_their_address(rates: RequestRates) -> None:
    assert accepted(rates, AMY, "192.0.2.1", 3) == 3
    assert accepted(rates, AMY, "192.0.2.2") == 0
    assert accepted(rates, BEN, "192.0.2.1") == 1


def test_a_network_is_limited_whoever_asks(rates: RequestRates) -> None:
    assert sum(accepted(rates, uuid4(), f"2001:db8::{host:x}") for host in range(20)) == 5
    assert accepted(rates, None, "2001:db8::99") == 0
    assert accepted(rates, AMY, "192.0.2.1") == 1


def test_a_wide_network_is_limited_beyond_its_networks(rates: RequestRates) -> None:
    assert sum(accepted(rates, None, f"2001:db8:0:{net:x}::1") for net in range(100)) == 5 * WIDE_NETWORK_FACTOR
    assert accepted(rates, None, "2001:db8:1::1") == 1


def test_a_refusal_says_when_to_try_again_and_costs_nothing(rates: RequestRates, clock: Clock) -> None:
    accepted(rates, AMY, "192.0.2.1", 3)
    for _ in range(10):
        with pytest.raises(RateExceeded) as refused:
            rates.charge(Caller(user_id=AMY, address="192.0.2.1"), 2)
        assert refused.value.answer_headers() == {"Retry-After": "2"}
    clock.now += 2
    rates.charge(Caller(user_id=AMY, address="192.0.2.1"), 2)
    assert accepted(rates, AMY, "192.0.2.1") == 0


def test_a_request_that_costs_more_than_the_burst_is_accepted_by_a_full_bucket(
    rates: RequestRates, clock: Clock
) -> None:
    rates.charge(Caller(user_id=AMY, address="192.0.2.1"), 10)
    clock.now += 7
    assert accepted(rates, AMY, "192.0.2.2") == 0
    clock.now += 1
    assert accepted(rates, AMY, "192.0.2.2") == 1


def test_rates_that_are_turned_off_refuse_nobody(clock: Clock) -> None:
    rates = RequestRates(RateSettings(enabled=False, user_burst=1), clock)
    assert accepted(rates, AMY, "192.0.2.1", 100) == 100


def test_buckets_are_bounded_and_the_one_not_used_for_longest_is_forgotten(clock: Clock) -> None:
    buckets = TokenBuckets(Rate(1, 1), clock, OwnFullTimes(max_keys=2))
    for key in ("a", "b", "a", "c"):
        buckets.take(key, 1)
    assert [buckets.seconds_until(key, 1) for key in "abc"] == [2, 0, 1]


def test_processes_with_the_same_file_count_together(clock: Clock, tmp_path: Path) -> None:
    settings = RateSettings(user_per_second=1, user_burst=MAX_RATE_KEYS, network_burst=3)
    first, second = (RequestRates(settings, clock, shared=tmp_path / "rates") for _ in range(2))
    assert (accepted(first, AMY, "192.0.2.1", 2), accepted(second, BEN, "192.0.2.1", 2)) == (2, 1)
    assert (accepted(first, AMY, "192.0.2.1"), accepted(second, AMY, "198.51.100.1")) == (0, 1)


def test_a_shared_file_knows_as_many_keys_as_one_process(clock: Clock, tmp_path: Path) -> None:
    settings = RateSettings(user_per_second=0.001, user_burst=1, network_burst=10 * MAX_RATE_KEYS)
    rates = RequestRates(settings, clock, shared=tmp_path / "rates")
    users = [UUID(int=number) for number in range(MAX_RATE_KEYS // 2)]
    assert sum(accepted(rates, user, "192.0.2.1") for user in users) == len(users)
    assert sum(accepted(rates, user, "192.0.2.1") for user in users) == 0
