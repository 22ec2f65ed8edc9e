"""Bodies signed in chunks: the example in the documentation of S3, and bodies that do not match their signatures."""

import hashlib
from collections.abc import Iterator
from itertools import pairwise

import pytest

from s3proxy.errors import AccessDenied, InvalidRequest, S3Error
from s3proxy.services.chunks import MAX_CHUNK_BYTES, ChunkResigner, SignatureChain
from shared.aws.signatures import SigningScope

SCOPE = SigningScope("20130524T000000Z", "us-east-1", "s3")
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
CHUNKS = [
    (b"a" * 65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
    (b"a" * 1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
    (b"", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
]
"""The example in the documentation of S3."""
EXAMPLE = b"".join(
    b"%x;chunk-signature=%s\r\n%s\r\n" % (len(data), signature.encode(), data) for data, signature in CHUNKS
)
OURS = SigningScope("20261121T000000Z", "eu-west-1", "s3")


def resigner(*, has_trailers: bool = False) -> ChunkResigner:
    return ChunkResigner(
        SignatureChain.of(SECRET, SCOPE, SEED), SignatureChain.of("ours", OURS, "0" * 64), has_trailers=has_trailers
    )


def chunked(secret: str, scope: SigningScope, seed: str, *parts: bytes, trailer: bytes = b"") -> bytes:
    """A body as a client sends it."""
    chain, made = SignatureChain.of(secret, scope, seed), b""
    for part in (*parts, b""):
        signature = chain.sign_chunk(hashlib.sha256(part).hexdigest()).encode()
        end = b"" if trailer and not part else b"\r\n"
        made += b"%x;chunk-signature=%s\r\n%s%s" % (len(part), signature, part, end)
    if trailer:
        signature = chain.sign_trailers(hashlib.sha256(trailer + b"\n").hexdigest()).encode()
        made += b"%s\r\nx-amz-trailer-signature:%s\r\n\r\n" % (trailer, signature)
    return made


def cuts(data: bytes, size: int) -> Iterator[bytes]:
    return (data[begin:end] for begin, end in pairwise([*range(0, len(data), size), len(data)]))


@pytest.mark.parametrize("size", [3, 1000, 1 << 20])
def test_the_documented_example_is_accepted_in_pieces_of_any_size(size: int) -> None:
    resigning = resigner()
    passed = b"".join(resigning.feed(part) for part in cuts(EXAMPLE, size))
    resigning.close()
    assert passed == chunked("ours", OURS, "0" * 64, *(data for data, _ in CHUNKS[:-1]))
    assert len(passed) == len(EXAMPLE)


@pytest.mark.parametrize("size", [1, 1 << 20])
def test_trailing_headers_are_checked_and_signed_again(size: int) -> None:
    trailer = b"x-amz-checksum-crc32c:sOO8/Q=="
    sent = chunked(SECRET, SCOPE, SEED, b"wine", trailer=trailer)
    resigning = resigner(has_trailers=True)
    passed = b"".join(resigning.feed(part) for part in cuts(sent, size))
    resigning.close()
    assert passed == chunked("ours", OURS, "0" * 64, b"wine", trailer=trailer)
    with pytest.raises(AccessDenied):
        resigner(has_trailers=True).feed(sent.replace(b"sOO8", b"sOO9"))


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        (EXAMPLE.replace(b"a\r\n400", b"b\r\n400"), AccessDenied),  # another body
        (EXAMPLE.replace(b"ad80c7", b"ad80c8"), AccessDenied),  # another signature
        (EXAMPLE[: EXAMPLE.index(b"400;")] * 2, AccessDenied),  # a chunk twice
        (EXAMPLE[EXAMPLE.index(b"400;") :], AccessDenied),  # a chunk left out
        (EXAMPLE + b"more", InvalidRequest),
        (b"wine", None),
        (b"x" * 9000, InvalidRequest),
        (b"400\r\n" + b"a" * 1024 + b"\r\n", InvalidRequest),
        (b"%x;chunk-signature=%s\r\n" % (MAX_CHUNK_BYTES + 1, b"0" * 64), InvalidRequest),
        (b"2;chunk-signature=%s\r\naaaa" % (b"0" * 64), InvalidRequest),
        (EXAMPLE[: EXAMPLE.index(b"0;chunk-signature=b6c6")], None),
    ],
)
def test_a_body_that_does_not_match_its_signatures_is_refused(sent: bytes, refusal: type[S3Error] | None) -> None:
    """Without a `refusal` in the middle, the body is refused at its end."""
    if refusal:
        with pytest.raises(refusal):
            resigner().feed(sent)
    else:
        unfinished = resigner()
        unfinished.feed(sent)
        with pytest.raises(InvalidRequest):
            unfinished.close()
