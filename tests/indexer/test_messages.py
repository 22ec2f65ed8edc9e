import json
from typing import Any

import pytest

from indexer.messages import UnparseableMessage, changed_keys, changes


def record(bucket: str, key: str, name: str = "ObjectCreated:Put") -> dict[str, Any]:
    entity = {"bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"}, "object": {"key": key, "sequencer": "1"}}
    return {"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": name, "s3": entity}


S3 = {"Records": [record("b", "a%20b/%C3%A9.txt"), record("b", "gone", "ObjectRemoved:DeleteMarkerCreated")]}
KEYS = [("b", "a b/é.txt"), ("b", "a%20b/%C3%A9.txt"), ("b", "gone")]


def test_an_event_names_its_keys_decoded_and_as_sent() -> None:
    assert changed_keys(json.dumps(S3)) == KEYS


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        ("plain/readme.md", ["plain/readme.md"]),
        ("pl+us.txt", ["pl us.txt", "pl+us.txt"]),
        ("%41.txt", ["A.txt", "%41.txt"]),
        ("a+b%2Bc", ["a b+c", "a+b%2Bc"]),
        ("x y+z%41.txt", ["x y+z%41.txt"]),
        ("bottle+ä%20.txt", ["bottle+ä%20.txt"]),
        ("100%", ["100%"]),
        ("a+100%.txt", ["a+100%.txt"]),
    ],
)
def test_a_key_that_may_be_unencoded_is_read_both_ways(sent: str, keys: list[str]) -> None:
    assert changed_keys(json.dumps({"Records": [record("b", sent)]})) == [("b", key) for key in keys]


def test_events_from_an_sns_topic_are_read() -> None:
    envelope = {"Type": "Notification", "TopicArn": "arn:aws:sns:…", "Message": json.dumps(S3)}
    assert changed_keys(json.dumps(envelope)) == KEYS


def test_events_from_event_bridge_are_read_with_unencoded_keys() -> None:
    bridged = {
        "detail-type": "Object Created",
        "source": "aws.s3",
        "detail": {"bucket": {"name": "b"}, "object": {"key": "a+b%20c", "size": 5}, "reason": "PutObject"},
    }
    assert changed_keys(json.dumps(bridged)) == [("b", "a+b%20c")]
    assert changed_keys(json.dumps({"Message": json.dumps(bridged)})) == [("b", "a+b%20c")]


def test_the_test_event_of_s3_names_no_key() -> None:
    sent = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2026-11-20T00:00:00Z", "Bucket": "b"}
    assert changed_keys(json.dumps(sent)) == []
    assert changed_keys('{"Records": []}') == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "wine",
        "[]",
        "{}",
        "null",
        '{"Records": 5}',
        '{"Records": [{"eventName": "ObjectCreated:Put", "s3": {"bucket": {}, "object": {"key": "a"}}}]}',
        '{"Message": "wine"}',
        '{"Event": "s3:OtherEvent", "Bucket": "b"}',
        '{"Message": ' * 2000,
    ],
)
def test_other_messages_are_unparseable(body: str) -> None:
    with pytest.raises(UnparseableMessage):
        changed_keys(body)


@pytest.mark.parametrize(
    ("identity", "etag", "expected"),
    [
        (
            {"principalId": "AWS:AROAEXAMPLE:0123456789abcdef.patchwork-amy"},
            "a1",
            ("a1", "0123456789abcdef.patchwork-amy"),
        ),
        ({"principalId": "AROAEXAMPLE:patchwork-amy"}, '"a1"', ("a1", "patchwork-amy")),
        ({"principalId": "AWS:AIDAEXAMPLE"}, "a1", ("a1", "")),
        ({"principalId": "rootaccount"}, None, ("", "")),
        ({"principalId": ["AROAEXAMPLE:x"]}, 7, ("", "")),
        ({}, "a1", ("a1", "")),
        ("AROAEXAMPLE:patchwork-amy", "a1", ("a1", "")),
        (None, None, ("", "")),
    ],
)
def test_an_event_says_which_role_session_wrote_which_content(
    identity: object, etag: object, expected: tuple[str, str]
) -> None:
    sent = record("b", "key")
    sent["userIdentity"] = identity
    sent["s3"]["object"]["eTag"] = etag
    for body in (json.dumps({"Records": [sent]}), json.dumps({"Message": json.dumps({"Records": [sent]})})):
        (change,) = changes(body)
        assert (change.bucket, change.key, change.etag, change.session) == ("b", "key", *expected)
