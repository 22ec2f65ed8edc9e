import { useQuery } from "@tanstack/react-query";
import { SearchX } from "lucide-react";
import { Link } from "react-router";
import { keys } from "@/api/keys";
import type { Entry, Page, Push } from "@/api/models";
import { packageUrl, queries } from "@/api/queries";
import { RequestError } from "@/lib/errors";
import { entryPath, packagePath, parentOf } from "@/lib/paths";
import { type Services, useServices } from "@/s3/context";
import { ButtonLink } from "@/ui/Button";
import { Panel } from "@/ui/Layout";
import { Ago } from "@/ui/Measures";
import { Empty } from "@/ui/States";
import type { PackageLocation } from "./place";

const MAX_SEARCHED_PUSHES = 10;

export const isMissing = (error: unknown) => error instanceof RequestError && error.trouble === "missing";

/** A path that a revision does not have: where it was last, and the folder that it would be in. */
export function MissingEntry({ bucket, name, path, reference, revision }: PackageLocation) {
  const services = useServices();
  const seen = useQuery({
    queryKey: keys.lastSeen(bucket, name, revision.top_hash, path),
    queryFn: ({ signal }) =>
      lastPushWith(services, { bucket, name, path, without: revision.top_hash }, signal),
  });
  const folder = parentOf(path).replace(/\/$/, "");
  return (
    <Panel>
      <Empty
        title="Not in this revision"
        icon={<SearchX size={22} />}
        action={
          <>
            <ButtonLink to={entryPath(bucket, name, reference, folder)}>
              {folder ? `Open ${folder}/` : "All files"}
            </ButtonLink>
            <ButtonLink kind="quiet" to={`${packagePath(bucket, name)}/revisions`}>
              All revisions
            </ButtonLink>
          </>
        }
      >
        <p role="alert">
          Revision <code>{revision.top_hash.slice(0, 8)}</code> of {name} has no <code>{path}</code>.
        </p>
        {seen.isPending && <p role="status">Looking for it in other revisions…</p>}
        {seen.data && (
          <p>
            It is in{" "}
            <Link to={entryPath(bucket, name, seen.data.top_hash, path)}>
              revision <code>{seen.data.top_hash.slice(0, 8)}</code>
            </Link>
            , pushed by {seen.data.author ?? "unknown"} <Ago at={seen.data.pushed_at} />
            {seen.data.message && `: ${seen.data.message}`}
          </p>
        )}
        {seen.data === null && <p>It is in none of the last {MAX_SEARCHED_PUSHES} pushes either.</p>}
      </Empty>
    </Panel>
  );
}

/** The newest of the last pushes that has the path; null when none has. */
async function lastPushWith(
  { client }: Services,
  { bucket, name, path, without }: { bucket: string; name: string; path: string; without: string },
  signal: AbortSignal,
): Promise<Push | null> {
  const query = { limit: MAX_SEARCHED_PUSHES };
  const pushes = await client.call<Page<Push>>(`${packageUrl(bucket, name)}/revisions`, { signal, query });
  const asked = new Set([without]);
  for (const push of pushes.items) {
    if (push.state !== "ready" || asked.has(push.top_hash)) continue;
    asked.add(push.top_hash);
    try {
      await client.call<Entry>(queries.entryUrl(bucket, name, push.top_hash), { signal, query: { path } });
      return push;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return null;
}
