"""Rules for passwords, and hashes of ours and of Quilt 2."""

from base64 import b64encode
from hashlib import pbkdf2_hmac

import httpx
import pytest
from support.worlds.auth_world import Given, bearer

from auth.db.stores import Stores
from auth.errors import CommonPassword, WeakPassword
from auth.passwords import Hasher, common_passwords, matches_legacy, parse_legacy, require_good
from shared.db.engine import transaction

OLD = "the old password of amy"


def passlib_hash(password: str, rounds: int = 100) -> str:
    salt = bytes(range(16))

    def packed(raw: bytes) -> str:
        return b64encode(raw).decode().rstrip("=").replace("+", ".")

    return f"$pbkdf2-sha512${rounds}${packed(salt)}${packed(pbkdf2_hmac('sha512', password.encode(), salt, rounds))}"


def django_hash(password: str) -> str:
    key = pbkdf2_hmac("sha256", password.encode(), b"salt", 100)
    return f"pbkdf2_sha256$100$salt${b64encode(key).decode()}"


@pytest.mark.parametrize("password", ["password", "PassWord1", "12345678", "qwertyuiop", "iloveyou"])
def test_common_passwords_are_refused(password: str) -> None:
    with pytest.raises(CommonPassword, match=r"^Password must be"):
        require_good(password)


@pytest.mark.parametrize(
    "password", ["correct horse", "aaaaaaab", "ひみつのことばです", "        x", "no digits nor capitals"]
)
def test_passwords_need_no_kinds_of_characters(password: str) -> None:
    require_good(password, "amy", "amy@example.com")


def test_a_password_equal_to_the_name_or_address_is_refused() -> None:
    for password in ("Amelia-Earhart", "amelia@example.com"):
        with pytest.raises(CommonPassword):
            require_good(password, "amelia-earhart", "amelia@example.com")
    with pytest.raises(WeakPassword, match=r"^Password must be at least 8 characters long\.$"):
        require_good("short77")


def test_the_list_of_common_passwords_has_only_lower_case_and_enough_length() -> None:
    assert len(common_passwords()) > 16_000
    assert all(len(each) >= 8 and each == each.lower() for each in common_passwords())


def test_a_hash_by_passlib_is_verified() -> None:
    """The example in passlib's documentation of pbkdf2_sha512."""
    made = (
        "$pbkdf2-sha512$25000$LyWE0HrP2RsjZCxlDGFMKQ$"
        "1vC5Ohk2mCS9b6akqsEfgeb4l74SF8XjH.SljXf3dMLHdlY1GK9ojcCKts6/asR4aPqBmk74nCDddU3tvSCJvw"
    )
    assert parse_legacy(made)
    assert not matches_legacy(made, "anything")


@pytest.mark.parametrize("hashed", [passlib_hash(OLD), django_hash(OLD)])
async def test_hashes_of_quilt_2_are_verified_and_renewed(given: Given, client: httpx.AsyncClient, hashed: str) -> None:
    user = await given.user("amy")
    async with transaction(given.resources.sessions) as session:
        await Stores(session).users.set_password(user.id, hashed)
    wrong = await client.post("/api/login", json={"username": "amy", "password": "not this one"})
    assert wrong.status_code == 401
    for _ in range(2):
        token = await given.token("amy", OLD)
        assert (await client.get("/api/me", headers=bearer(token))).status_code == 200
    async with transaction(given.resources.sessions) as session:
        account = await Stores(session).users.find_account("amy")
    assert account
    assert account.password
    assert account.password.startswith("$argon2id$")


@pytest.mark.parametrize(
    "hashed",
    [
        "$pbkdf2-sha512$",
        "$pbkdf2-sha512$0$AA$AA",
        "$pbkdf2-sha512$x$AA$AA",
        "$pbkdf2-sha512$99999999$AA$AA",
        "$pbkdf2-sha512$10$AA$",
        "$pbkdf2-sha512$10$!$!",
        "pbkdf2_sha256$10$salt",
        "pbkdf2_sha256$10$salt$!",
    ],
)
def test_malformed_legacy_hashes_match_no_password(hashed: str) -> None:
    assert not matches_legacy(hashed, "")


async def test_unknown_users_cost_the_same_work() -> None:
    hasher = Hasher(time_cost=1, memory_kib=8)
    assert not await hasher.verify(None, "x", as_legacy=True)
    assert not await hasher.verify(None, "x", as_legacy=False)
    assert hasher.is_outdated(passlib_hash(OLD))
    hasher.close()


@pytest.mark.parametrize("password", ["password", "amy@example.com"])
async def test_administrators_cannot_set_weak_passwords(given: Given, client: httpx.AsyncClient, password: str) -> None:
    admin = await given.admin()
    new = {"name": "amy", "email": "amy@example.com", "password": password}
    answer = await client.post("/api/v1/admin/users", headers=admin, json=new)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/weak_password")
