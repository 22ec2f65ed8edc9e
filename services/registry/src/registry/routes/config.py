"""Configuration of clients and web catalogs, on the host of the catalog and of the registry."""

from importlib.metadata import version

from fastapi import APIRouter, Response

from registry.resources import RegistryResources
from registry.routes.deps import Res
from registry.services.config.instance_theme import shown_theme
from registry.services.config.sign_in_options import password_of, sso_of
from shared.schemas.catalog import CatalogConfig, CatalogTheme, InstallationAddresses

router = APIRouter(tags=["configuration"])

_UNCACHED = "no-store"


async def _config(res: RegistryResources) -> CatalogConfig:
    settings, options = res.settings, await res.caches.sign_in.options(res.directory)
    public = settings.public
    sso, providers = sso_of(options)
    previews = f"{public.s3proxy_url}/lambda"
    return CatalogConfig(
        navigator_url=public.catalog_url,
        registryUrl=public.registry_url,
        s3Proxy=public.s3proxy_url,
        s3Endpoint=public.s3_url or None,
        packages_url=public.packages_url or None,
        apiGatewayEndpoint=previews,
        binaryApiGatewayEndpoint=previews,
        region=settings.aws.region,
        default_registry_version=1,
        telemetry_disabled=True,
        mode=settings.catalog.mode,
        alwaysRequiresAuth=settings.catalog.mode == "PRODUCT",
        passwordAuth=password_of(options),
        ssoAuth=sso,
        ssoProviders=providers,
        googleClientId=settings.catalog.google_client_id,
        oktaClientId=settings.catalog.okta_client_id,
        oktaBaseUrl=settings.catalog.okta_base_url,
        oneLoginClientId=settings.catalog.one_login_client_id,
        oneLoginBaseUrl=settings.catalog.one_login_base_url,
        serviceBucket=settings.catalog.service_bucket,
        packageBucket=settings.quilt2.bucket,
        stackVersion=version("patchwork-registry"),
        signInRedirect="/",
        signOutRedirect="/",
        mixpanelToken="",
        analyticsBucket="",
        sentryDSN="",
        intercomAppId="",
        noDownload=False,
        noOverviewImages=False,
        theme=await _shown_theme(res),
    )


async def _shown_theme(res: RegistryResources) -> CatalogTheme:
    return shown_theme(res.settings.theme, await res.caches.theme.find(res.reads))


@router.get("/config.json", summary="Get addresses and modes, for clients")
async def get_config(res: Res, response: Response) -> CatalogConfig:
    response.headers["Cache-Control"] = _UNCACHED
    return await _config(res)


@router.get("/api/v1/config", summary="Get the name and the addresses of the installation, and its version")
async def get_addresses(res: Res, response: Response) -> InstallationAddresses:
    response.headers["Cache-Control"] = _UNCACHED
    public = res.settings.public
    return InstallationAddresses(
        name=(await _shown_theme(res)).name,
        version=version("patchwork-registry"),
        catalog_url=public.catalog_url,
        registry_url=public.registry_url,
        s3proxy_url=public.s3proxy_url,
        s3_url=public.s3_url or None,
        packages_url=public.packages_url or None,
        region=res.settings.aws.region,
    )


@router.get("/config.js", summary="Get the same configuration as a script, for web catalogs", response_class=Response)
async def get_config_script(res: Res) -> Response:
    # ASCII without `<` is safe in any place of a page.
    body = (await _config(res)).model_dump_json(ensure_ascii=True).replace("<", "\\u003c")
    return Response(
        f"window.QUILT_CATALOG_CONFIG = {body};\n",
        media_type="text/javascript",
        headers={"Cache-Control": _UNCACHED},
    )
