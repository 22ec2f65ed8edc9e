"""Encryption of secrets that the database holds and `auth` must read: signing keys, vended credentials."""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class WrongSecretKey(Exception):
    """The database was encrypted with another AUTH_SECRET_KEY."""


class Encryptor:
    """Encrypts with the first key, and decrypts with any of them."""

    def __init__(self, secret_key: str, *others: str) -> None:
        self._fernet = MultiFernet([_fernet(each) for each in (secret_key, *others)])

    def encrypt(self, secret: str) -> str:
        return self._fernet.encrypt(secret.encode()).decode()

    def decrypt(self, sealed: str) -> str:
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise WrongSecretKey("The database was encrypted with another AUTH_SECRET_KEY") from error


def _fernet(secret_key: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=b"patchwork auth at rest").derive(secret_key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
