import { useQuery } from "@tanstack/react-query";
import { Navigate, useSearchParams } from "react-router";
import { pushQueries } from "@/api/pushes";
import { entryPath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Head, Page, Panel } from "@/ui/Layout";
import { Failure, Loading } from "@/ui/States";

/** Where a Quilt+ URI leads. */
export function UriPage() {
  const [params] = useSearchParams();
  const uri = params.get("uri") ?? "";
  const resolved = useQuery(pushQueries.resolved(useServices(), uri));
  if (resolved.data) {
    const { bucket, name, tag, top_hash, path } = resolved.data;
    return <Navigate to={entryPath(bucket, name, tag ?? top_hash, path ?? "")} replace />;
  }
  return (
    <Page title="Quilt+ URI" narrow>
      <Head title="Quilt+ URI" about={<code>{uri}</code>} />
      <Panel>
        {resolved.isError ? (
          <Failure error={resolved.error} retry={resolved.refetch} />
        ) : (
          <Loading rows={3} label="Finding it" />
        )}
      </Panel>
    </Page>
  );
}
