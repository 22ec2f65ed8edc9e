"""The operations of S3 at the package gateway, and its behaviours with the tests that show each.

`tests/s3proxy/packages/test_operations.py` sends every operation that the SDK knows, and compares the answers with these tables.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from support.docs.reference.markdown import code, page, table

TESTS = Path(__file__).resolve().parents[3]
_PLACES = ("s3proxy/packages", "registry/gateway")

ANSWERED: Mapping[str, str] = {
    "GetBucketLocation": "the region of the installation",
    "GetBucketRequestPayment": "`BucketOwner`",
    "GetObject": "with ranges, conditions, `partNumber=1`, `versionId=null` and `response-…` headers",
    "GetObjectAttributes": "ETag, checksum, storage class and size",
    "HeadBucket": "for a bucket in which the caller sees packages",
    "HeadObject": "as GetObject, without asking the store",
    "ListBuckets": "buckets in which the caller sees packages; with `prefix` and `max-buckets`",
    "ListObjectVersions": "each file as the one version `null`",
    "ListObjects": "with any prefix, delimiter and marker",
    "ListObjectsV2": "with any prefix, delimiter, `start-after` and continuation token; `fetch-owner`",
}
EMPTY: Mapping[str, str] = {
    "GetBucketAccelerateConfiguration": "no status",
    "GetBucketLogging": "no target",
    "GetBucketNotification": "no configuration",
    "GetBucketNotificationConfiguration": "no configuration",
    "GetBucketVersioning": "no status, as in a bucket that never had versions",
    "GetObjectTagging": "no tags",
    "ListMultipartUploads": "no uploads",
}
ABSENT: Mapping[str, str] = {
    "GetBucketCors": "NoSuchCORSConfiguration",
    "GetBucketEncryption": "ServerSideEncryptionConfigurationNotFoundError",
    "GetBucketLifecycle": "NoSuchLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "NoSuchLifecycleConfiguration",
    "GetBucketOwnershipControls": "OwnershipControlsNotFoundError",
    "GetBucketPolicy": "NoSuchBucketPolicy",
    "GetBucketPolicyStatus": "NoSuchBucketPolicy",
    "GetBucketReplication": "ReplicationConfigurationNotFoundError",
    "GetBucketTagging": "NoSuchTagSet",
    "GetBucketWebsite": "NoSuchWebsiteConfiguration",
    "GetObjectLegalHold": "NoSuchObjectLockConfiguration",
    "GetObjectLockConfiguration": "ObjectLockConfigurationNotFoundError",
    "GetObjectRetention": "NoSuchObjectLockConfiguration",
    "GetPublicAccessBlock": "NoSuchPublicAccessBlockConfiguration",
    "ListParts": "NoSuchUpload",
}
OTHER_READS, WRITES = "NotImplemented", "AccessDenied"
"""Codes of all other operations."""
ELSEWHERE = frozenset({"ListDirectoryBuckets", "WriteGetObjectResponse"})
"""Operations that SDKs send to other hosts."""

BEHAVIOURS: Mapping[str, list[tuple[str, str]]] = {
    "Objects": [
        (
            "Size, ETag and time are the same in GET, HEAD and listings",
            "test_every_file_is_read_whole_and_says_the_same_in_all_answers",
        ),
        (
            "`latest`, times, top hashes and 8 or more digits of them name revisions",
            "test_a_revision_is_named_by_latest_its_time_its_top_hash_or_eight_digits_of_it",
        ),
        (
            "One range: closed, open or a suffix; several at once get the whole; 416 with the size",
            "test_ranges_are_those_of_s3",
        ),
        (
            "`If-Match`, `If-None-Match`, `If-Modified-Since`, `If-Unmodified-Since`, `If-Range`, and their combinations",
            "test_conditions_are_those_of_s3",
        ),
        (
            "Keys with any characters: spaces, `+`, `%`, quotes, control characters, emoji, 900 bytes",
            "test_keys_may_have_any_characters",
        ),
        (
            "`..`, `.` and empty segments are no keys, and are never resolved",
            "test_what_is_no_file_of_a_revision_is_no_key",
        ),
        (
            "`x-amz-meta-…` from metadata, up to 2 kB; `x-amz-missing-meta` counts the rest; RFC 2047 for what is not ASCII",
            "test_metadata_is_sent_as_s3_sends_it",
        ),
        (
            "`x-amz-checksum-sha256`, whole or composite, where the file's hash is one",
            "test_checksums_are_sent_where_a_hash_is_one",
        ),
        ("`response-content-type` and the other `response-…` parameters", "test_headers_can_be_chosen_in_the_address"),
        ("`partNumber=1`; other parts are 416", "test_parts_and_versions_are_those_of_an_object_that_was_put_once"),
        (
            "An object that has changed its size, or is gone, is never sent as the file",
            "test_a_changed_a_lost_and_a_local_object_are_never_sent_as_the_file",
        ),
    ],
    "Listings": [
        (
            "Keys in the order of their bytes, for all prefixes, delimiters, starts and sizes of pages",
            "test_listings_are_sorted_keys_for_all_parameters",
        ),
        ("A page goes on from any key", "test_a_listing_goes_on_from_every_key"),
        ("What comes before the start is not read", "test_what_is_before_the_start_is_not_read"),
        (
            "Without a delimiter, a bucket lists the latest revisions",
            "test_a_bucket_lists_the_latest_revisions_in_the_order_of_their_keys",
        ),
        (
            "With the delimiter `/`: authors, packages, revisions, directories",
            "test_folders_are_authors_packages_revisions_and_directories",
        ),
        ("Markers of version 1, also when they are common prefixes", "test_the_first_version_goes_on_from_markers"),
        ("`max-keys` of 0 to 1,000; more is 1,000", "test_sizes_of_pages_are_bounded"),
        ("`encoding-type=url`", "test_names_are_encoded_when_it_is_asked_for"),
    ],
    "Signatures": [
        ("Path style, and the bucket before the host", "test_a_bucket_may_stand_before_the_host"),
        ("Presigned addresses of up to 7 days", "test_presigned_addresses_are_read_until_they_expire"),
        ("Changed, stale, or uncovered headers are refused", "test_a_changed_signature_is_refused"),
        (
            "Other regions and services are refused, with the right region",
            "test_a_signature_for_another_region_or_service_is_refused",
        ),
        (
            "A signature holds for its method, host, path and query alone",
            "test_a_signature_holds_for_its_request_alone",
        ),
        ("Unsigned requests are refused", "test_other_services_of_the_proxy_are_not_on_this_host"),
        ("Key pairs end with their API key", "test_the_key_pair_of_an_api_key_reads_until_the_key_is_revoked"),
        ("Everything ends with the session", "test_everything_ends_with_the_session"),
    ],
    "Rights": [
        ("Every write is refused", "test_every_write_is_refused"),
        (
            "A bucket that the role does not read does not exist",
            "test_a_bucket_that_the_role_does_not_read_does_not_exist",
        ),
        (
            "Nor does a file whose object is in such a bucket",
            "test_a_file_in_a_bucket_that_the_caller_may_not_read_is_no_key",
        ),
        (
            "Packages of the first generation are for their readers",
            "test_packages_of_the_first_generation_are_for_their_readers",
        ),
    ],
}


def gateway_page() -> str:
    missing = {test for rows in BEHAVIOURS.values() for _, test in rows} - _tests()
    if missing:
        raise LookupError(f"No such test: {', '.join(sorted(missing))}")
    answered = [(code(name), remark) for name, remark in sorted({**ANSWERED, **EMPTY}.items())]
    absent = [(code(name), code(refusal)) for name, refusal in sorted(ABSENT.items())]
    sections = [f"## {title}\n\n{table('behaviour', 'test', rows=_rows(rows))}" for title, rows in BEHAVIOURS.items()]
    return page(
        "S3 at the package gateway",
        "`tests/support/docs/reference/s3_gateway.py`",
        "What of S3 the [package gateway](../use/s3-gateway.md) answers. A test sends every operation that the SDK knows; another shows each behaviour.",
        f"## Operations\n\n{table('operation', 'answer', rows=answered)}",
        f"Packages have none of these. They are answered with the code that S3 has for that:\n\n{table('operation', 'code', rows=absent)}",
        f"All other operations that read are answered {code(OTHER_READS)}, and all that write {code(WRITES)}.",
        *sections,
    )


def _rows(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(behaviour, code(test)) for behaviour, test in rows]


@cache
def _tests() -> frozenset[str]:
    """Names of the tests of the gateway."""
    texts = [path.read_text() for place in _PLACES for path in (TESTS / place).glob("test_*.py")]
    return frozenset(name for text in texts for name in re.findall(r"^(?:async )?def (test_\w+)", text, re.MULTILINE))
