"""Answers that the package gateway makes itself."""

from dataclasses import dataclass, field

RawHeader = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class GatewayAnswer:
    status: int
    headers: list[RawHeader] = field(default_factory=list)
    body: bytes = b""

    @classmethod
    def document(cls, xml: str, headers: list[RawHeader]) -> "GatewayAnswer":
        body = xml.encode()
        own = [(b"content-type", b"application/xml"), (b"content-length", str(len(body)).encode())]
        return cls(200, [*own, *headers], body)
