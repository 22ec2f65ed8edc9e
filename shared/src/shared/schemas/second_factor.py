"""The second factor of a password: codes of an authenticator app (TOTP, RFC 6238), and recovery codes."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

EnteredCode = Annotated[
    str,
    StringConstraints(max_length=64),
    Field(description="A code of the authenticator app, or a recovery code.", examples=["492039"]),
]


class SecondFactor(BaseModel):
    """The caller's second factor."""

    is_available: bool = Field(
        description="False if second factors are switched off, or the caller signs in without a password."
    )
    is_demanded: bool = Field(description="The settings of this installation demand a second factor of the caller.")
    is_on: bool = Field(description="Signing in with the password also takes a code.")
    added_at: datetime | None
    recovery_codes_left: int = Field(description="Number of recovery codes that were not used.", examples=[10])


class SecondFactorStart(BaseModel, extra="forbid"):
    password: str = Field(max_length=1024, description="The caller's password.", examples=["correct horse battery"])


class SecondFactorSecret(BaseModel):
    """A secret for an authenticator app. It takes effect once a code confirms it, within an hour."""

    secret: str = Field(description="The secret in base 32, to type.", examples=["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"])
    uri: str = Field(
        description="The secret as an address that authenticator apps read from a QR code.",
        examples=["otpauth://totp/Patchwork:amy?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Patchwork"],
    )


class SecondFactorCode(BaseModel, extra="forbid"):
    code: EnteredCode


class RecoveryCodes(BaseModel):
    """Codes that each replace one code of the second factor. They are shown this once."""

    codes: list[str] = Field(examples=[["7q2x-k9v4-mtb0-c8r5", "hjn3-wzd6-ys2e-4gap"]])
