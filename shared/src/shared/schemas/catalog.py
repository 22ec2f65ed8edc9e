from typing import Literal

from pydantic import BaseModel, Field

Sign = Literal["ENABLED", "DISABLED", "SIGN_IN_ONLY"]


class CatalogTheme(BaseModel):
    """Name, logo and colours of an installation."""

    name: str = Field(examples=["Vineyard data"])
    logo: str | None = Field(
        description="A `data:` URL of a PNG or SVG picture; null for the mark of Patchwork.",
        examples=["data:image/png;base64,iVBORw0KGgo="],
    )
    accent: str | None = Field(
        description="Colour of links and buttons in light pages; null for that of Patchwork.", examples=["#7a1f3d"]
    )
    accent_dark: str | None = Field(description="The same in dark pages.", examples=["#f2a0b8"])


class CatalogConfig(BaseModel):
    """`config.json`: the configuration that clients and web catalogs of all versions read. Names are those of Quilt."""

    navigator_url: str = Field(examples=["https://quilt.example.com"])
    registryUrl: str = Field(examples=["https://registry.example.com"])  # noqa: N815
    s3Proxy: str = Field(examples=["https://s3-proxy.example.com"])  # noqa: N815
    s3Endpoint: str | None = Field(  # noqa: N815
        description="`AWS_ENDPOINT_URL` for clients; null for AWS.",
        examples=["http://localhost:5001"],
    )
    packages_url: str | None = Field(
        description="The package gateway, for S3 clients; null where there is none.",
        examples=["https://packages.example.com"],
    )
    apiGatewayEndpoint: str = Field(description="Base URL of the preview services.")  # noqa: N815
    binaryApiGatewayEndpoint: str = Field(description="The same URL; older catalogs request thumbnails here.")  # noqa: N815
    region: str = Field(examples=["us-east-1"])
    default_registry_version: int
    telemetry_disabled: bool
    mode: Literal["OPEN", "PRODUCT"]
    alwaysRequiresAuth: bool  # noqa: N815
    passwordAuth: Sign  # noqa: N815
    ssoAuth: Sign  # noqa: N815
    ssoProviders: str = Field(description="Names of the providers, separated by spaces.")  # noqa: N815
    googleClientId: str = Field(description="This and the next four fields are for the catalogs of 2020.")  # noqa: N815
    oktaClientId: str  # noqa: N815
    oktaBaseUrl: str  # noqa: N815
    oneLoginClientId: str  # noqa: N815
    oneLoginBaseUrl: str  # noqa: N815
    serviceBucket: str  # noqa: N815
    packageBucket: str = Field(description="Bucket of Quilt 2 packages; empty without any.")  # noqa: N815
    stackVersion: str  # noqa: N815
    signInRedirect: str  # noqa: N815
    signOutRedirect: str  # noqa: N815
    mixpanelToken: str  # noqa: N815
    analyticsBucket: str  # noqa: N815
    sentryDSN: str  # noqa: N815
    intercomAppId: str  # noqa: N815
    noDownload: bool  # noqa: N815
    noOverviewImages: bool  # noqa: N815
    theme: CatalogTheme = Field(description="The look of this installation's catalog.")


class InstallationAddresses(BaseModel):
    """Name and addresses of an installation, and its version."""

    name: str = Field("", description="What the installation calls itself.", examples=["Vineyard data"])
    version: str = Field(examples=["0.1.0"])
    catalog_url: str = Field(description="The web catalog.", examples=["https://quilt.example.com"])
    registry_url: str = Field(description="The registry: API and sign-in.", examples=["https://registry.example.com"])
    s3proxy_url: str = Field(
        description="The S3 proxy: S3 for browsers, previews, archives.", examples=["https://s3-proxy.example.com"]
    )
    s3_url: str | None = Field(description="S3, for clients; null for AWS.", examples=["http://localhost:5001"])
    packages_url: str | None = Field(
        description="The package gateway, for S3 clients; null where there is none.",
        examples=["https://packages.example.com"],
    )
    region: str = Field(description="Region of the buckets.", examples=["us-east-1"])
