"""Fields of a person that `Me` and `User` share."""

from dataclasses import dataclass

from shared.schemas.user import User


@dataclass(frozen=True, slots=True)
class Profile:
    user: User

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def email(self) -> str:
        return self.user.email

    @property
    def is_admin(self) -> bool:
        return self.user.is_admin
