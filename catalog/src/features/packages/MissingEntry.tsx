import { useQuery } from "@tanstack/react-query";
import { SearchX } from "lucide-react";
import { Link } from "react-router";
import type { Query } from "@/api/client";
import { keys } from "@/api/keys";
import type { Diff, Entry, Page, Push } from "@/api/models";
import { packageUrl, queries, revisionUrl } from "@/api/queries";
import { t } from "@/language/en/features/packages";
import { RequestError } from "@/lib/errors";
import { entryPath, packagePath, parentOf } from "@/lib/paths";
import { type Services, useServices } from "@/s3/context";
import { ButtonLink } from "@/ui/Button";
import { Panel } from "@/ui/Layout";
import { Ago } from "@/ui/Measures";
import { Empty } from "@/ui/States";
import type { PackageLocation } from "./place";

const MAX_SEARCHED_PUSHES = 10;
/** Pages of a comparison, in which the path may be one that moved. */
const MAX_SEARCHED_PAGES = 5;

export const isMissing = (error: unknown) => error instanceof RequestError && error.trouble === "missing";

/** A path that a revision does not have: where it is, what became of it, and the folder that it would be in. */
export function MissingEntry({ bucket, name, path, reference, revision }: PackageLocation) {
  const services = useServices();
  const found = useQuery({
    queryKey: keys.lastSeen(bucket, name, revision.top_hash, path),
    queryFn: ({ signal }) =>
      whereabouts(services, { bucket, name, path, without: revision.top_hash }, signal),
  });
  const folder = parentOf(path).replace(/\/$/, "");
  // The folder may be gone, too.
  const parent = useQuery({
    ...queries.entry(services, bucket, name, revision.top_hash, folder),
    enabled: folder !== "",
  });
  const shown = isMissing(parent.error) ? "" : folder;
  const at = (push: Push, to = path) => (
    <Link to={entryPath(bucket, name, push.top_hash, to)}>
      {t.revisionTopHash(<code>{push.top_hash.slice(0, 8)}</code>)}
    </Link>
  );
  const { data } = found;
  return (
    <Panel>
      <Empty
        title={t.notRevision}
        icon={<SearchX size={22} />}
        action={
          <>
            <ButtonLink to={entryPath(bucket, name, reference, shown)}>
              {shown ? t.openShown(shown) : t.allFiles}
            </ButtonLink>
            <ButtonLink kind="quiet" to={`${packagePath(bucket, name)}/revisions`}>
              {t.allRevisions}
            </ButtonLink>
          </>
        }
      >
        <p role="alert">
          {t.revisionNo(<code>{revision.top_hash.slice(0, 8)}</code>, name, <code>{path}</code>)}
        </p>
        {found.isPending && <p role="status">{t.lookingOtherRevisions}</p>}
        {data?.movedTo && data.gone && (
          <p>
            {t.movedLinkPushed(
              <Link to={entryPath(bucket, name, data.gone.top_hash, data.movedTo)}>
                <code>{data.movedTo}</code>
              </Link>,
              <Pushed push={data.gone} />,
            )}
          </p>
        )}
        {data?.gone && !data.movedTo && <p>{t.removedPushed(<Pushed push={data.gone} />)}</p>}
        {data && (
          <p>
            {t.pushedValueSeen(data.gone ? t.last : t.itIsIn, at(data.seen), <Pushed push={data.seen} />)}
          </p>
        )}
        {data === null && <p>{t.noneLastPushes(MAX_SEARCHED_PUSHES)}</p>}
      </Empty>
    </Panel>
  );
}

function Pushed({ push }: { push: Push }) {
  return (
    <>
      {push.author ?? t.unknown} <Ago at={push.pushed_at} />
      {push.message && `: ${push.message}`}
    </>
  );
}

interface Whereabouts {
  /** The newest of the last pushes that has the path. */
  seen: Push;
  /** The push after it, which does not have it; null when no push came after. */
  gone: Push | null;
  /** What the file was called from then on. */
  movedTo: string | null;
}

/** Null when none of the last pushes has the path. */
async function whereabouts(
  services: Services,
  { bucket, name, path, without }: { bucket: string; name: string; path: string; without: string },
  signal: AbortSignal,
): Promise<Whereabouts | null> {
  const { client } = services;
  const query = { limit: MAX_SEARCHED_PUSHES };
  const pushes = await client.call<Page<Push>>(`${packageUrl(bucket, name)}/revisions`, { signal, query });
  const asked = new Set([without]);
  for (const [index, push] of pushes.items.entries()) {
    if (push.state !== "ready" || asked.has(push.top_hash)) continue;
    asked.add(push.top_hash);
    try {
      await client.call<Entry>(queries.entryUrl(bucket, name, push.top_hash), { signal, query: { path } });
    } catch (error) {
      if (!isMissing(error)) throw error;
      continue;
    }
    const gone = pushes.items[index - 1] ?? null;
    const movedTo = gone && (await newName(services, { bucket, name, path, gone, seen: push }, signal));
    return { seen: push, gone, movedTo };
  }
  return null;
}

/** Where a push moved the path to; null when it removed it, or when that cannot be found out. */
async function newName(
  { client }: Services,
  { bucket, name, path, gone, seen }: { bucket: string; name: string; path: string; gone: Push; seen: Push },
  signal: AbortSignal,
): Promise<string | null> {
  let cursor: string | null = null;
  for (let page = 0; page < MAX_SEARCHED_PAGES; page++) {
    const query: Query = { base: seen.top_hash, kind: ["moved"], cursor };
    const url = `${revisionUrl(bucket, name, gone.top_hash)}/diff`;
    const diff: Diff | null = await client.call<Diff>(url, { signal, query }).catch(() => null);
    const item = diff?.items.find(each => each.kind === "moved" && each.previous_key === path);
    if (item) return item.logical_key;
    cursor = diff?.next ?? null;
    if (cursor === null) return null;
  }
  return null;
}
