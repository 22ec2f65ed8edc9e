import pytest

from s3proxy.errors import InvalidAddress, UnregisteredBucket
from s3proxy.services.addresses import Address, parse

REGISTERED = frozenset({"wine", "Old_Wine", "dotted.wine", "eu-west-1"})


@pytest.mark.parametrize(
    ("raw_path", "bucket", "host", "path"),
    [
        ("/wine.s3.eu-west-1.amazonaws.com/a/b", "wine", "wine.s3.eu-west-1.amazonaws.com", "/a/b"),
        ("/wine.s3.amazonaws.com/a", "wine", "wine.s3.amazonaws.com", "/a"),
        ("/wine.s3.us-gov-west-1.amazonaws.com", "wine", "wine.s3.us-gov-west-1.amazonaws.com", "/"),
        ("/s3.eu-west-1.amazonaws.com/wine/a", "wine", "s3.eu-west-1.amazonaws.com", "/wine/a"),
        ("/s3.amazonaws.com/wine", "wine", "s3.amazonaws.com", "/wine"),
        ("/s3.amazonaws.com/dotted.wine/a", "dotted.wine", "s3.amazonaws.com", "/dotted.wine/a"),
        ("/s3.amazonaws.com/Old_Wine/", "Old_Wine", "s3.amazonaws.com", "/Old_Wine/"),
        ("/ap-southeast-2/wine/a/b", "wine", "wine.s3.ap-southeast-2.amazonaws.com", "/a/b"),
        ("/ap-southeast-2/wine", "wine", "wine.s3.ap-southeast-2.amazonaws.com", "/"),
        ("/wine/a/b", "wine", "wine.s3.amazonaws.com", "/a/b"),
        ("/wine", "wine", "wine.s3.amazonaws.com", "/"),
        ("/eu-west-1/wine", "eu-west-1", "eu-west-1.s3.amazonaws.com", "/wine"),
    ],
)
def test_every_form_of_address_names_its_signed_host(raw_path: str, bucket: str, host: str, path: str) -> None:
    assert parse(raw_path, REGISTERED) == Address(bucket, host, path)


@pytest.mark.parametrize(
    "key",
    [
        "//x//y",
        "/a%2Fb%2f",
        "/a+b%20c",
        "/x//y/../z",
        "/~a!*'()",
        "/%E3%81%82",
        "/a/./b",
        "/100%25",
        "/%00",
        "/..a/...",
    ],
)
@pytest.mark.parametrize("prefix", ["/wine.s3.eu-west-1.amazonaws.com", "/us-east-1/wine", "/wine"])
def test_keys_in_addresses_are_not_changed(prefix: str, key: str) -> None:
    assert parse(prefix + key, REGISTERED).path == key


def test_keys_in_path_style_addresses_are_not_changed() -> None:
    assert parse("/s3.amazonaws.com/dotted.wine//a%2F/../b", REGISTERED).path == "/dotted.wine//a%2F/../b"


@pytest.mark.parametrize(
    "raw_path",
    [
        "/beer.s3.us-east-1.amazonaws.com/a",
        "/s3.us-east-1.amazonaws.com/beer/a",
        "/us-east-1/beer/a",
        "/beer/a",
        "/s3.amazonaws.com/Wine/a",
        "/169-254-169-254/latest/meta-data",
        "/localhost/a",
    ],
)
def test_unregistered_buckets_are_refused(raw_path: str) -> None:
    with pytest.raises(UnregisteredBucket):
        parse(raw_path, REGISTERED)


@pytest.mark.parametrize(
    "raw_path",
    [
        "/evil.com/x",
        "/wine.s3.us-east-1.amazonaws.com.evil.com/x",
        "/wine.s3.us-east-1.amazonaws.com@evil.com/x",
        "/evil.com%2Fwine.s3.us-east-1.amazonaws.com/x",
        "/evil.com%23.s3.us-east-1.amazonaws.com/x",
        "/evil.com#.s3.us-east-1.amazonaws.com/x",
        "/evil.com?.s3.us-east-1.amazonaws.com/x",
        "/wine.s3.us-east-1.amazonaws.com:8080/x",
        "/wine.s3.us-east-1.amazonaws.com./x",
        "/wine.s3.us-east-1.amazonaws.com%00/x",
        "/wine.s3.us-east-1.amazonaws.com\\evil.com/x",
        "/wine.s3.evil.amazonaws.com/x",
        "/wine.s3.us-east-1.AMAZONAWS.com/x",
        "/wine.s3-website.us-east-1.amazonaws.com/x",
        "/sts.amazonaws.com/",
        "/sqs.us-east-1.amazonaws.com/queue",
        "/wine.execute-api.us-east-1.amazonaws.com/x",
        "/127.0.0.1:5432/x",
        "/127.0.0.1/x",
        "/[::1]/x",
        "/user:pass@wine/x",
        "/http://evil.com/x",
        "/http:%2F%2Fevil.com/x",
        "http://evil.com/x",
        "//evil.com/x",
        "//wine/x",
        "/",
        "",
        "/s3.amazonaws.com",
        "/s3.amazonaws.com/",
        "/s3.amazonaws.com//wine/a",
        "/s3.amazonaws.com/../wine/a",
        "/s3.amazonaws.com/win%65/a",
        "/s3.amazonaws.com/wine@evil/a",
        "/us-east-1//wine/a",
        "/us-east-1/../wine",
        "/us-east-1/dotted.wine/a",
        "/dotted.wine.s3.us-east-1.amazonaws.com/a",
        "/..",
        "/%2e%2e/x",
    ],
)
def test_addresses_of_other_hosts_are_refused(raw_path: str) -> None:
    with pytest.raises((InvalidAddress, UnregisteredBucket)):
        parse(raw_path, REGISTERED)


@pytest.mark.parametrize("climb", ["..", "../beer/a", "a/../../beer/a", "%2e%2e/beer", "a%2F..%2F../beer", "./../x"])
@pytest.mark.parametrize("prefix", ["/wine.s3.amazonaws.com/", "/s3.amazonaws.com/wine/", "/us-east-1/wine/", "/wine/"])
def test_no_key_leaves_its_bucket(prefix: str, climb: str) -> None:
    with pytest.raises(InvalidAddress):
        parse(prefix + climb, REGISTERED)
