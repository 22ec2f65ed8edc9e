"""The main job of a client, with the objects in SeaweedFS."""

from collections.abc import Iterator

import pytest
from e2e.test_main_job import *  # noqa: F403 – its tests, with the system below
from support.worlds.other_stores import OtherStore, running_seaweedfs, running_system_with
from support.worlds.system import System

from shared.aws.clients import open_s3
from shared.aws.store_probe import probe_store
from shared.settings import AwsSettings


@pytest.fixture(scope="module")
def seaweedfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OtherStore]:
    with running_seaweedfs(tmp_path_factory.mktemp("seaweedfs")) as store:
        yield store


@pytest.fixture(scope="module")
def system(seaweedfs: OtherStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running_system_with(seaweedfs, tmp_path_factory.mktemp("system")) as running:
        yield running


async def test_seaweedfs_can_do_what_is_required_and_lacks_what_the_docs_say(seaweedfs: OtherStore) -> None:
    settings = AwsSettings.model_validate(
        {
            "endpoint_url": seaweedfs.url,
            "access_key_id": seaweedfs.access_key_id,
            "secret_access_key": seaweedfs.secret_access_key,
        }
    )
    async with open_s3(settings) as s3:
        await s3.create_bucket(Bucket="probed")
        await s3.put_bucket_versioning(Bucket="probed", VersioningConfiguration={"Status": "Enabled"})
        report = await probe_store(s3, "probed", "")
        assert not (await s3.list_object_versions(Bucket="probed")).get("Versions")
    assert {each.feature for each in report.findings if each.problem} == {"any key"}
