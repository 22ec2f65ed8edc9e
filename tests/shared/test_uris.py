"""Quilt+ URIs, as web catalogs and QuiltSync read and write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.quilt.uris import PackageUri, UriRefused, parse_uri

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
_WORD = st.text(st.sampled_from("ab-_9éß日"), min_size=1, max_size=5)
_URIS = st.builds(
    PackageUri,
    bucket=st.from_regex(r"[a-z0-9][a-z0-9.-]{1,20}[a-z0-9]", fullmatch=True).filter(str.isascii),
    name=st.builds("{}/{}".format, _WORD, _WORD),
    path=st.none() | _TEXT,
    catalog=st.none() | _TEXT,
)
_REVISIONS = (
    st.sampled_from(["hash", "tag"]),
    st.text(st.characters(codec="ascii", exclude_characters="@:"), min_size=1),
)


@given(uri=_URIS, revision=st.none() | st.tuples(*_REVISIONS))
def test_a_written_uri_is_parsed_again(uri: PackageUri, revision: tuple[str, str] | None) -> None:
    if revision:
        kind, value = revision
        uri = PackageUri(uri.bucket, uri.name, **{kind: value}, path=uri.path, catalog=uri.catalog)
    assert parse_uri(str(uri)) == uri


@given(text=st.text() | st.builds("quilt+s3://bucket#package={}".format, st.text()))
def test_any_text_is_parsed_as_a_uri_or_refused(text: str) -> None:
    try:
        uri = parse_uri(text)
    except UriRefused:
        return
    assert parse_uri(str(uri)) == uri


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("quilt+s3://bucket-name#package=quilt/test", PackageUri("bucket-name", "quilt/test")),
        ("quilt+s3://bucket-name/#package=quilt/test", PackageUri("bucket-name", "quilt/test")),
        ("QUILT+S3://Bucket#package=quilt/test", PackageUri("bucket", "quilt/test")),
        (" quilt+s3://bucket#package=quilt/test\n", PackageUri("bucket", "quilt/test")),
        ("quilt+s3://bucket#package=quilt/test:latest", PackageUri("bucket", "quilt/test", tag="latest")),
        ("quilt+s3://bucket#package=quilt%2ftest%40abc1", PackageUri("bucket", "quilt/test", hash="abc1")),
        (
            "quilt+s3://bucket#package=quilt/test@abc1&path=sub%2Fpath",
            PackageUri("bucket", "quilt/test", hash="abc1", path="sub/path"),
        ),
        (
            "quilt+s3://bucket#package=quilt/test@abc1:path=sub/path",
            PackageUri("bucket", "quilt/test", hash="abc1", path="sub/path"),
        ),
        (
            "quilt+s3://bucket#path=50%_a+b%2Bc.csv&package=quilt/test&catalog=test.quilt.dev&more=1",
            PackageUri("bucket", "quilt/test", path="50%_a b+c.csv", catalog="test.quilt.dev"),
        ),
        ("quilt+s3://bucket#package=quilt/test&path=&catalog=", PackageUri("bucket", "quilt/test")),
        ("quilt+s3://bucket#package=quilt/test&path=a%23b#c", PackageUri("bucket", "quilt/test", path="a#b#c")),
        ("quilt+s3://bucket#package=quilt/test&path=%2520", PackageUri("bucket", "quilt/test", path="%20")),
    ],
)
def test_quilt_uris_are_parsed(text: str, expected: PackageUri) -> None:
    assert parse_uri(text) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "starts with"),
        ("quilt+http://bucket#package=quilt/test", "starts with"),
        ("quilt+s3:bucket#package=quilt/test", "starts with"),
        ("s3://bucket#package=quilt/test", "starts with"),
        ("quilt+s3://bucket:latest@abc1", "not the name of a bucket"),
        ("quilt+s3://bucket", "package= is missing"),
        ("quilt+s3://#package=quilt/test", "not the name of a bucket"),
        ("quilt+s3://bucket/sub/path#package=quilt/test", "root of a bucket"),
        ("quilt+s3://bucket?x=1#package=quilt/test", "root of a bucket"),
        ("quilt+s3://bucket#pacakge=quilt/test", "package= is missing"),
        ("quilt+s3://bucket#package=quilt/test&package=quilt/test2", "package= is given twice"),
        ("quilt+s3://bucket#package=quilt/test&path=p1&path=p2", "path= is given twice"),
        ("quilt+s3://bucket#package=quilt/test:", "The tag after : is missing"),
        ("quilt+s3://bucket#package=quilt/test@", "The hash after @ is missing"),
        ("quilt+s3://bucket#package=quilt/test:latest:sup", "one revision"),
        ("quilt+s3://bucket#package=quilt/test@abc1@cde2", "one revision"),
        ("quilt+s3://bucket#package=quilt/test:latest@abc1", "one revision"),
        ("quilt+s3://bucket#package=test", "AUTHOR/NAME"),
        ("quilt+s3://bucket#package=@abc1", "AUTHOR/NAME"),
        ("quilt+s3://bucket#package=a/b/c", "AUTHOR/NAME"),
        ("quilt+s3://bucket#package=a/b&path=%FF", "percent-encoding"),
    ],
)
def test_an_invalid_uri_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(UriRefused, match=why):
        parse_uri(text)
