from support.worlds.proxy_world import settings_for

from s3proxy.main import PUBLIC, create_app
from s3proxy.routes.gateway import signer
from shared.testing.routes import unguarded
from shared.web.auth import internal, scraper


def test_every_route_asks_for_a_signature_or_is_public() -> None:
    assert unguarded(create_app(settings_for(None)), (signer, internal, scraper)) == PUBLIC
