"""One-off task: creates the buckets in which a service stores data. It may be repeated.

    python -m shared.aws.prepare registry patchwork-service package

It reads the same settings as the service, for example `REGISTRY_AWS__ENDPOINT_URL`.
"""

import argparse
import asyncio

from botocore.exceptions import ClientError
from pydantic_settings import SettingsConfigDict

from shared.aws.clients import open_s3
from shared.settings import AwsSettings, EnvironmentSettings


class StoreSettings(EnvironmentSettings):
    """Settings with the prefix of the service."""

    model_config = SettingsConfigDict(env_nested_delimiter="__", hide_input_in_errors=True)

    aws: AwsSettings


async def prepare(settings: AwsSettings, buckets: list[str]) -> None:
    async with open_s3(settings) as s3:
        for bucket in buckets:
            try:
                await s3.head_bucket(Bucket=bucket)
            except ClientError as error:
                if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") != 404:
                    raise
                await s3.create_bucket(Bucket=bucket)


def main() -> None:
    parser = argparse.ArgumentParser("python -m shared.aws.prepare")
    parser.add_argument("service")
    parser.add_argument("buckets", nargs="+", metavar="BUCKET")
    given = parser.parse_args()
    settings = StoreSettings(_env_prefix=f"{given.service.upper()}_")
    asyncio.run(prepare(settings.aws, given.buckets))


if __name__ == "__main__":
    main()
