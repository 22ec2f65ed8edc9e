"""Addresses of objects during a rotation of the secret that signs them."""

from urllib.parse import urlsplit

from shared.object_urls import ObjectUrls, secret_of

OLD, NEW, STRANGE = (secret_of(each) for each in ("old", "new", "strange"))


def test_urls_signed_with_the_previous_secret_are_valid_while_it_is_configured() -> None:
    address = urlsplit(ObjectUrls(OLD).signer("GET", "wine", "objs/amy/", seconds=60)("abc"))
    asked = ("GET", address.path, address.query)
    assert ObjectUrls(NEW, others=(OLD,)).verify(*asked)
    assert not ObjectUrls(NEW).verify(*asked)
    assert not ObjectUrls(NEW, others=(STRANGE,)).verify(*asked)
    assert not ObjectUrls(NEW, others=(OLD,)).verify("PUT", address.path, address.query)
    assert not ObjectUrls(NEW, others=(OLD,)).verify(*asked, now=9e9)
