"""The main job of a client, with the objects in SeaweedFS, or in the store at OTHER_STORE_URL.

OTHER_STORE_KEY_ID and OTHER_STORE_SECRET are its keys, which may make buckets.
"""

import os
from collections.abc import Iterator

import pytest
from e2e.test_main_job import *  # noqa: F403 – its tests, with the system below
from support.worlds.other_stores import OtherStore, running_seaweedfs, running_system_with
from support.worlds.system import System

from shared.aws.clients import open_s3
from shared.aws.store_probe import probe_store
from shared.settings import AwsSettings

NAMED = os.environ.get("OTHER_STORE_URL", "")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OtherStore]:
    if NAMED:
        yield OtherStore(NAMED, os.environ["OTHER_STORE_KEY_ID"], os.environ["OTHER_STORE_SECRET"], 0)
        return
    with running_seaweedfs(tmp_path_factory.mktemp("seaweedfs")) as running:
        yield running


@pytest.fixture(scope="module")
def system(store: OtherStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running_system_with(store, tmp_path_factory.mktemp("system")) as running:
        yield running


async def test_the_store_can_do_what_is_required_and_lacks_what_the_docs_say(store: OtherStore) -> None:
    settings = AwsSettings.model_validate(
        {
            "endpoint_url": store.url,
            "access_key_id": store.access_key_id,
            "secret_access_key": store.secret_access_key,
        }
    )
    async with open_s3(settings) as s3:
        await s3.create_bucket(Bucket="probed")
        await s3.put_bucket_versioning(Bucket="probed", VersioningConfiguration={"Status": "Enabled"})
        report = await probe_store(s3, "probed", "")
        assert not (await s3.list_object_versions(Bucket="probed")).get("Versions")
    lacking = {each.feature: each.problem for each in report.findings if each.problem or not each.was_tried}
    assert lacking.keys() == (set() if NAMED else {"any key"}), lacking
