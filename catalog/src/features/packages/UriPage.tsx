import { useQuery } from "@tanstack/react-query";
import { Navigate, useSearchParams } from "react-router";
import { pushQueries } from "@/api/pushes";
import { t } from "@/language/en/features/packages/lists";
import { entryPath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Head, Page, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";

/** Where a Quilt+ URI leads. */
export function UriPage() {
  const [params] = useSearchParams();
  const uri = params.get("uri") ?? "";
  const resolved = useQuery(pushQueries.resolved(useServices(), uri));
  return (
    <Page title={t.quiltUri} narrow>
      <Head title={t.quiltUri} about={<code>{uri}</code>} />
      <Panel>
        <Loaded query={resolved} label={t.finding} lines={3}>
          {({ bucket, name, tag, top_hash, path }) => (
            <Navigate to={entryPath(bucket, name, tag ?? top_hash, path ?? "")} replace />
          )}
        </Loaded>
      </Panel>
    </Page>
  );
}
