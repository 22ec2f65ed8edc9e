// `node acts.js v2|v3`: does through the S3 proxy what web catalogs do, and prints what it saw, as JSON.
// Standard input: {proxy, form, region, pathStyle, bucket, unknown, prefix, keys, size, writer, reader}.

import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { json } from "node:stream/consumers";

import { Page } from "./page.js";

const FORMS = {
  // /<host>/<path>
  2026: (host, path) => `/${host}${path}`,
  // /<region>/<bucket>/<key>
  2022: (host, path) => `/${host.replace(/^(.+)\.s3\.(.+)\.amazonaws\.com$/, "$2/$1")}${path}`,
};
const PART = 5 << 20;

const given = await json(process.stdin);
const { open } = await import(`./${process.argv[2]}.js`);
const page = new Page();
const retarget = (host, path) => given.proxy + FORMS[given.form](host, path);
const sdk = open({ ...given, credentials: given.writer }, retarget, page);
const reader = open({ ...given, credentials: given.reader }, retarget, page);

const here = { Bucket: given.bucket };
const at = key => ({ ...here, Key: given.prefix + key });
const text = async found => Buffer.from(await sdk.bytes(found)).toString();
const sha256 = bytes => createHash("sha256").update(bytes).digest("hex");
const stripped = keys => keys.map(key => key.slice(given.prefix.length));

async function fault(promise) {
  try {
    await promise;
  } catch (error) {
    return sdk.fault(error);
  }
  return null;
}

async function oddKeys() {
  for (const key of given.keys)
    await sdk.call("PutObject", {
      ...at(key),
      Body: key,
      ContentType: "text/x-odd",
      Metadata: { odd: "yes 1" },
    });
  const read = {};
  for (const key of given.keys) {
    const found = await sdk.call("GetObject", at(key));
    read[key] = [await text(found), found.ContentType, found.Metadata];
  }
  return read;
}

async function versions() {
  const first = await sdk.call("PutObject", { ...at("versions"), Body: "0123456789" });
  const second = await sdk.call("PutObject", { ...at("versions"), Body: "abcdefghij" });
  const part = await sdk.call("GetObject", {
    ...at("versions"),
    VersionId: first.VersionId,
    Range: "bytes=2-4",
  });
  const head = await sdk.call("HeadObject", at("versions"));
  const listed = await sdk.call("ListObjectVersions", { ...here, Prefix: `${given.prefix}versions` });
  return {
    part: [await text(part), part.ContentRange, part.VersionId === first.VersionId],
    head: [head.ContentLength, head.VersionId === second.VersionId, head.ETag === second.ETag],
    listed: listed.Versions.map(each => [
      [first, second].findIndex(put => put.VersionId === each.VersionId),
      each.IsLatest,
    ]),
    unsatisfiable: await fault(sdk.call("GetObject", { ...at("versions"), Range: "bytes=20-" })),
    changed: await fault(sdk.call("GetObject", { ...at("versions"), IfMatch: first.ETag })),
  };
}

async function listings() {
  const folder = await sdk.call("ListObjectsV2", { ...here, Prefix: given.prefix, Delimiter: "/" });
  const pages = [];
  let after = {};
  do {
    const found = await sdk.call("ListObjectsV2", {
      ...here,
      ...after,
      Prefix: given.prefix,
      EncodingType: "url",
      MaxKeys: 4,
    });
    pages.push(found.Contents.map(each => each.Key));
    after = found.NextContinuationToken && { ContinuationToken: found.NextContinuationToken };
  } while (after);
  return {
    keys: stripped(folder.Contents.map(each => each.Key)),
    folders: stripped(folder.CommonPrefixes.map(each => each.Prefix)),
    encoded: pages,
  };
}

async function tagging() {
  await sdk.call("PutObject", { ...at("tagged"), Body: "x", Tagging: "kind=red%20wine" });
  return (await sdk.call("GetObjectTagging", at("tagged"))).TagSet;
}

async function multipart() {
  const body = randomBytes(given.size);
  const done = await sdk.upload(
    { ...at("large file"), Body: body, ContentType: "application/x-large" },
    PART,
  );
  const found = await sdk.call("GetObject", at("large file"));
  return {
    same: sha256(await sdk.bytes(found)) === sha256(body),
    size: found.ContentLength,
    parts: Number(/-(\d+)"?$/.exec(found.ETag)?.[1]),
    version: done.VersionId === found.VersionId,
    checksum: found.ChecksumType ?? null,
  };
}

async function streamed() {
  const pieces = Array.from({ length: 20 }, () => randomBytes(50_001));
  const body = Buffer.concat(pieces);
  await sdk.call("PutObject", { ...at("streamed"), Body: Readable.from(pieces), ContentLength: body.length });
  const found = await sdk.call("GetObject", at("streamed"));
  return { same: sha256(await sdk.bytes(found)) === sha256(body), encoding: found.ContentEncoding ?? null };
}

async function deletion() {
  await sdk.call("PutObject", { ...at("gone"), Body: "x" });
  const done = await sdk.call("DeleteObject", at("gone"));
  const listed = await sdk.call("ListObjectVersions", { ...here, Prefix: `${given.prefix}gone` });
  return {
    marker: done.DeleteMarker,
    listed: listed.DeleteMarkers.map(each => each.VersionId === done.VersionId),
    read: await fault(sdk.call("GetObject", at("gone"))),
    head: await fault(sdk.call("HeadObject", at("gone"))),
  };
}

const report = {
  bucket: (await sdk.call("HeadBucket", here)).BucketRegion ?? null,
  odd: await oddKeys(),
  versions: await versions(),
  tagging: await tagging(),
  multipart: await multipart(),
  streamed: await streamed(),
  deletion: await deletion(),
  listings: await listings(),
  read: await text(await reader.call("GetObject", at("tagged"))),
  refused: await fault(reader.call("PutObject", { ...at("theft"), Body: "mine" })),
  unknown: await fault(sdk.call("ListObjectsV2", { Bucket: given.unknown })),
  unknownHead: await fault(sdk.call("HeadBucket", { Bucket: given.unknown })),
  requests: page.requests,
};
console.log(JSON.stringify(report));
