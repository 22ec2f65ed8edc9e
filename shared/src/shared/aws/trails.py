"""Adds registered buckets to a trail of CloudTrail, so that requests for their objects are logged, and removes them.

Selectors of others stay. Where the trail has advanced selectors, one of them is ours, found by its name; else buckets are values of
the basic selectors.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from shared.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

SELECTOR = "registered buckets"
"""Name of our advanced selector."""
MAX_BUCKETS = 250
"""CloudTrail's limit for a trail with basic selectors; of an advanced selector 500."""
_OBJECTS = "AWS::S3::Object"


class TrailRefused(Conflict):
    title = "CloudTrail refused to log the objects of the bucket"
    slug = "trail_refused"


class CloudTrail:
    """A trail, to which buckets are added. Both calls may be repeated; they raise TrailRefused or Unavailable.

    Changes of one process come one after the other; another process may undo one that is made at the same moment.
    """

    def __init__(self, cloudtrail: Any, arn: str) -> None:
        self._cloudtrail = cloudtrail
        self._arn = arn
        self._lock = asyncio.Lock()

    async def add(self, bucket: str) -> None:
        await self._change(bucket, wanted=True)

    async def remove(self, bucket: str) -> None:
        await self._change(bucket, wanted=False)

    async def _change(self, bucket: str, *, wanted: bool) -> None:
        objects = f"arn:{self._arn.split(':')[1]}:s3:::{bucket}/"
        async with self._lock:
            with _explained(bucket, self._arn):
                found = await self._cloudtrail.get_event_selectors(TrailName=self._arn)
                advanced = found.get("AdvancedEventSelectors")
                before: list[dict[str, Any]] = advanced or found.get("EventSelectors", [])
                after = (_advanced if advanced else _basic)(before, objects, wanted=wanted)
                if after == before:
                    return
                kind = "AdvancedEventSelectors" if advanced else "EventSelectors"
                await self._cloudtrail.put_event_selectors(TrailName=self._arn, **{kind: after})


def _advanced(selectors: list[dict[str, Any]], objects: str, *, wanted: bool) -> list[dict[str, Any]]:
    """The selectors with ours changed. The fields of a selector are conditions that an event must all meet."""
    ours = [field for each in selectors if each.get("Name") == SELECTOR for field in each["FieldSelectors"]]
    values = {value for field in ours for value in field.get("StartsWith", [])}
    values = values | {objects} if wanted else values - {objects}
    others = [each for each in selectors if each.get("Name") != SELECTOR]
    if not values:
        return others
    fields = [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": [_OBJECTS]},
        {"Field": "resources.ARN", "StartsWith": sorted(values)},
    ]
    return [*others, {"Name": SELECTOR, "FieldSelectors": fields}]


def _basic(selectors: list[dict[str, Any]], objects: str, *, wanted: bool) -> list[dict[str, Any]]:
    """The selectors with the bucket added to the first one that logs objects, or to the first; or removed from all."""
    if not wanted:
        return [_with_values(each, [value for value in _values(each) if value != objects]) for each in selectors]
    if any(objects in _values(each) for each in selectors):
        return selectors
    first = next((at for at, each in enumerate(selectors) if _values(each)), 0)
    return [_with_values(each, [*_values(each), objects]) if at == first else each for at, each in enumerate(selectors)]


def _values(selector: dict[str, Any]) -> list[str]:
    resources = [each for each in selector.get("DataResources", []) if each["Type"] == _OBJECTS]
    return [value for each in resources for value in each.get("Values", [])]


def _with_values(selector: dict[str, Any], values: list[str]) -> dict[str, Any]:
    if values == _values(selector):
        return selector
    others = [each for each in selector.get("DataResources", []) if each["Type"] != _OBJECTS]
    return {**selector, "DataResources": [*others, *([{"Type": _OBJECTS, "Values": values}] if values else [])]}


@contextmanager
def _explained(bucket: str, arn: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        said = error.response.get("Error", {}).get("Message", "") or str(error)
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
            raise Unavailable(f"Cannot change the trail {arn}: CloudTrail answered {said}. Try again.") from error
        raise TrailRefused(
            f"Cannot change the trail {arn} for bucket {bucket}: {said} (a trail logs at most {MAX_BUCKETS} buckets one by one; "
            "the registry's role needs cloudtrail:GetEventSelectors and cloudtrail:PutEventSelectors)"
        ) from error
    except BotoCoreError as error:
        raise Unavailable(
            f"Cannot change the trail {arn}: CloudTrail does not answer ({type(error).__name__})"
        ) from error
