"""The queue of the audit trail: many refusals become few events, and leave room for others."""

from uuid import uuid4

import pytest

from shared.audit import MAX_WAITING_NETWORKS, MAX_WAITING_REFUSALS, MAX_WAITING_REFUSALS_OF_USER, AuditQueue
from shared.caller import bound
from shared.errors import Malformed, Unavailable
from shared.schemas.audit import AuditEvent, Caller, Outcome


@pytest.fixture
def sent() -> list[AuditEvent]:
    return []


@pytest.fixture
def trail(sent: list[AuditEvent]) -> AuditQueue:
    async def send(events: list[AuditEvent]) -> None:
        sent.extend(events)

    return AuditQueue("tests", send)


def refuse(trail: AuditQueue, caller: Caller, target: str) -> None:
    with bound(caller):
        trail.put("Api.Refused", target, outcome=Outcome.REFUSED, reason="forbidden")


def times(event: AuditEvent) -> int:
    return int(event.details.get("times", 1))


async def test_refusals_of_one_user_beyond_the_limit_are_counted_by_reason(
    trail: AuditQueue, sent: list[AuditEvent]
) -> None:
    amy = Caller(user_id=uuid4(), user="amy", address="192.0.2.1")
    for number in range(5_000):
        refuse(trail, amy, f"GET /{number}")
    refuse(trail, amy, "GET /0")
    await trail.flush()
    assert len(sent) == MAX_WAITING_REFUSALS_OF_USER + 1
    assert (times(sent[0]), sent[-1].target, times(sent[-1])) == (2, "", 5_000 - MAX_WAITING_REFUSALS_OF_USER)
    assert sum(times(each) for each in sent) == 5_001


async def test_refusals_of_unknown_callers_beyond_the_limit_of_networks_are_counted_by_reason(
    trail: AuditQueue, sent: list[AuditEvent]
) -> None:
    for number in range(2_000):
        refuse(trail, Caller(address=f"2001:db8:{number:x}::1"), f"GET /{number}")
        refuse(trail, Caller(address=f"2001:db8:{number:x}::2"), "GET /")
    amy = Caller(user_id=uuid4(), user="amy", address="192.0.2.1")
    refuse(trail, amy, "GET /amys")
    await trail.flush()
    assert len(sent) == MAX_WAITING_NETWORKS + 2
    assert (sent[0].caller.address, sent[0].target, times(sent[0])) == ("2001:db8::/64", "", 2)
    [rest] = [each for each in sent if not each.caller.address]
    assert times(rest) == 2 * (2_000 - MAX_WAITING_NETWORKS)
    assert sent[-1].target == "GET /amys"


async def test_refusals_leave_room_for_other_audit_events_and_dropped_ones_are_counted(
    trail: AuditQueue, sent: list[AuditEvent]
) -> None:
    for _ in range(20):
        user = Caller(user_id=uuid4())
        for number in range(MAX_WAITING_REFUSALS_OF_USER):
            refuse(trail, user, f"GET /{number}")
    with bound(Caller(user_id=uuid4(), user="amy")):
        trail.put("Buckets.Add", "bucket:b-1")
    await trail.flush()
    assert (len(sent), sent[-2].action, sent[-1].action) == (MAX_WAITING_REFUSALS + 2, "Buckets.Add", "Audit.Dropped")
    assert times(sent[-1]) == 20 * MAX_WAITING_REFUSALS_OF_USER - MAX_WAITING_REFUSALS


async def test_a_refused_audit_event_keeps_no_other_from_being_sent() -> None:
    kept: list[AuditEvent] = []

    async def send(events: list[AuditEvent]) -> None:
        if any("bad" in each.target for each in events):
            raise Malformed("one of them is bad")
        kept.extend(events)

    picky = AuditQueue("tests", send)
    for number in range(50):
        picky.put("Users.Create", f"user:{'bad' if number in {7, 31} else 'good'}{number}")
    await picky.flush()
    assert len(kept) == 48
    assert [each.target for each in kept] == sorted((each.target for each in kept), key=lambda text: int(text[9:]))


async def test_each_audit_event_is_sent_once_during_an_outage() -> None:
    asked = 0

    async def send(events: list[AuditEvent]) -> None:
        nonlocal asked
        asked += len(events)
        raise Unavailable("auth does not answer")

    down = AuditQueue("tests", send)
    for number in range(50):
        down.put("Users.Create", f"user:{number}")
    await down.flush()
    assert asked == 50


async def test_characters_that_are_no_text_are_replaced_in_the_target_of_an_audit_event(
    trail: AuditQueue, sent: list[AuditEvent]
) -> None:
    trail.put("Users.Create", "user:\ud800\x00amy")
    await trail.flush()
    assert [each.target for each in sent] == ["user:?amy"]
    assert sent[0].model_dump_json()
