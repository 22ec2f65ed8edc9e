"""OAuth 2 for tools: registration, approval by users, and tokens. Names are those of the standards."""

from typing import Literal

from pydantic import BaseModel, Field

from shared.schemas.problem import Problem

SCOPE = "platform"


class ConnectProblem(Problem):
    """A problem with the members of RFC 6749 and of the web catalogs."""

    error: str = Field(examples=["invalid_grant"])
    error_description: str
    error_code: str = Field(description="Same as `error`.")


class ToolRegistration(BaseModel):
    """Registration of a tool (RFC 7591). Other members are ignored."""

    client_name: str = Field("", max_length=200, examples=["QuiltSync"])
    redirect_uris: list[str] = Field(max_length=10, examples=[["http://127.0.0.1:8765/callback"]])


class Tool(BaseModel):
    """A registered tool. It has no secret: PKCE proves that the tool that gets a token is the one that asked for it."""

    client_id: str
    client_id_issued_at: int
    client_name: str
    redirect_uris: list[str]
    grant_types: list[str] = Field(examples=[["authorization_code", "refresh_token"]])
    response_types: list[str] = Field(examples=[["code"]])
    token_endpoint_auth_method: Literal["none"]
    scope: str = Field(examples=[SCOPE])


class AuthorizationRequest(BaseModel):
    """Query parameters of the consent page."""

    client_id: str = Field("", max_length=200, examples=["tool_1fJ0YtqQ"])
    redirect_uri: str = Field("", max_length=2000, examples=["http://127.0.0.1:8765/callback"])
    response_type: str = Field("code", max_length=50, examples=["code"])
    scope: str | None = Field(None, max_length=1000, examples=[SCOPE])
    state: str | None = Field(None, max_length=2000, examples=["af0ifjsldkj"])
    code_challenge: str = Field("", max_length=200, examples=["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"])
    code_challenge_method: str = Field("", max_length=20, examples=["S256"])
    resource: str | list[str] | None = Field(None, examples=["https://quilt-connect.example.com/mcp/platform"])


class Approval(AuthorizationRequest):
    """Query parameters of the consent page, and the role that the page showed."""

    role: str | None = Field(
        None,
        max_length=64,
        description="The role that the person was shown, empty for none: refused if it is not their active one any more. "
        "The tool keeps this role, whatever the person switches to.",
        examples=["Curators"],
    )


class ToolShown(BaseModel):
    """The tool that the user is asked to approve."""

    client_name: str = Field(examples=["QuiltSync"])
    redirect_host: str = Field(
        description="Host to which the browser is sent with the answer; the scheme, if it is one of an app.",
        examples=["127.0.0.1:8765"],
    )


class AuthorizationAnswer(BaseModel):
    redirect_uri: str = Field(description="URL to which the browser is to be sent.")


class ToolGrant(BaseModel):
    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="Seconds until the access token expires.", examples=[3600])
    refresh_token: str
    scope: str = Field(examples=[SCOPE])


class ConnectMetadata(BaseModel):
    """Metadata of the authorization server (RFC 8414)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    registration_endpoint: str
    revocation_endpoint: str
    jwks_uri: str
    response_types_supported: list[str]
    response_modes_supported: list[str]
    grant_types_supported: list[str]
    code_challenge_methods_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]
    scopes_supported: list[str]
    authorization_response_iss_parameter_supported: bool
    protected_resources: list[str]
    subject_types_supported: list[str]
    id_token_signing_alg_values_supported: list[str]
