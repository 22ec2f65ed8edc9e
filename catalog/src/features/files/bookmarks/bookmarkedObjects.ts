/** The files that bookmarks stand for, and the names that they get in one package. */
import type { Bookmark } from "@/api/bookmarks";
import { userMeta } from "@/lib/metadata";
import { parentOf } from "@/lib/paths";
import type { ChosenObject, ChosenObjects } from "@/s3/chosen";
import type { Services } from "@/s3/context";
import { physicalKey } from "@/s3/locations";
import { isInternal } from "../internal";
import { filesBelow } from "../selection/packageItems";
import { itemsBelow } from "../selection/transfer";

export interface NamedObject extends ChosenObject {
  /** Its name where the bookmark is. */
  path: string;
}

export interface ObjectGroup {
  /** The folder in which its files stand where their names are taken. */
  label: string;
  objects: readonly NamedObject[];
}

export async function objectsOf(
  { client, s3 }: Services,
  bookmark: Bookmark,
  signal?: AbortSignal,
): Promise<ObjectGroup> {
  const { bucket, package: name, path } = bookmark;
  const above = parentOf(path);
  if (name === null) {
    const items =
      path === ""
        ? await wholeBucket(s3, bucket, signal)
        : await itemsBelow(s3, bucket, above, [path], signal);
    return {
      label: bucket,
      objects: items.map(({ path: inside, source, size }) => ({
        path: inside,
        physicalKey: physicalKey(bucket, source.key),
        size,
      })),
    };
  }
  const files = await filesBelow(client, { bucket, name, reference: "latest" }, [path], signal);
  return {
    label: name,
    objects: files.map(file => {
      const meta = userMeta(file.meta);
      return {
        path: file.path.slice(above.length),
        physicalKey: file.physical_key,
        size: file.size,
        ...(meta ? { meta } : {}),
      };
    }),
  };
}

const MAX_BUCKET_OBJECTS = 10_000;

/** Without what Quilt keeps there. */
async function wholeBucket(s3: Services["s3"], bucket: string, signal?: AbortSignal) {
  const objects = await s3.all(bucket, "", MAX_BUCKET_OBJECTS, signal);
  return objects
    .filter(({ key }) => !isInternal(key))
    .map(({ key, size }) => ({ path: key, source: { bucket, key }, size }));
}

/** A name that another file has already is put into a folder named like its bucket or package. */
export function logicalKeys(groups: readonly ObjectGroup[]): ChosenObjects {
  const found: ChosenObjects = {};
  for (const { label, objects } of groups)
    for (const { path, ...object } of objects) {
      const isFree = (key: string) =>
        !Object.hasOwn(found, key) || found[key]?.physicalKey === object.physicalKey;
      const candidates = [path, `${label}/${path}`];
      for (let number = 2; !candidates.some(isFree); number++)
        candidates.push(`${label} (${number})/${path}`);
      found[candidates.find(isFree) ?? path] = object;
    }
  return found;
}
