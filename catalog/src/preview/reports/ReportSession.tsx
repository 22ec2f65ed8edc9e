/** A browsing session of the registry for as long as something shows it: refreshed in time, and ended afterwards. */
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useId } from "react";
import { keys } from "@/api/keys";
import type { BrowsingSession } from "@/api/models";
import { revisionUrl } from "@/api/queries";
import { t } from "@/language/en/preview/reports";
import { RequestError } from "@/lib/errors";
import { useServices } from "@/s3/context";
import { Loaded } from "@/ui/Loaded";
import type { FileSource } from "../file";

const SESSION_SECONDS = 180;
const REFRESH_MILLISECONDS = 60_000;
const SESSIONS = "/api/v1/browsing-sessions";

type PackagedSource = Extract<FileSource, { package: string }>;

export function ReportSession({
  source,
  children,
}: {
  source: PackagedSource;
  children: (session: BrowsingSession) => ReactNode;
}) {
  const { client } = useServices();
  const { bucket, package: name, revision } = source;
  const session = useQuery({
    queryKey: keys.browsingSession(bucket, name, revision, useId()),
    queryFn: () =>
      client.call<BrowsingSession>(`${revisionUrl(bucket, name, revision)}/browsing-sessions`, {
        method: "POST",
        body: { seconds: SESSION_SECONDS },
      }),
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });
  const { refetch } = session;
  const id = session.data?.id;
  useEffect(() => {
    if (id === undefined) return undefined;
    const refresh = async () => {
      try {
        await client.call(`${SESSIONS}/${id}/refresh`, {
          method: "POST",
          body: { seconds: SESSION_SECONDS },
        });
      } catch (error) {
        // It ended while this computer slept.
        if (error instanceof RequestError && error.trouble === "missing") void refetch();
      }
    };
    const timer = setInterval(() => void refresh(), REFRESH_MILLISECONDS);
    return () => {
      clearInterval(timer);
      client.call(`${SESSIONS}/${id}`, { method: "DELETE" }).catch(() => {
        // It ends by itself.
      });
    };
  }, [client, id, refetch]);
  return (
    <Loaded query={session} label={t.openingReport} lines={8}>
      {children}
    </Loaded>
  );
}
