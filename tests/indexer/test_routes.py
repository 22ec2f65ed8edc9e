from support.worlds.index_world import settings_for
from support.worlds.servers import Databases

from indexer.main import create_app
from shared.testing.routes import unguarded


def test_every_route_is_for_services_or_notifiers_only(database: Databases) -> None:
    assert unguarded(create_app(settings_for(database))) == set()
