import { DatabaseZap } from "lucide-react";
import { useParams } from "react-router";
import { ButtonLink } from "@/ui/Button";
import { Head, Page, Panel } from "@/ui/Layout";
import { Empty } from "@/ui/States";

/** Where other catalogs have Athena; of one bucket, or of all. */
export function AthenaPage() {
  const { bucket } = useParams();
  const search = bucket ? `/search?${new URLSearchParams({ buckets: bucket }).toString()}` : "/search";
  return (
    <Page title="Queries" narrow>
      <Head title="Queries" />
      <Panel label="Queries">
        <Empty
          title="No Athena queries here"
          icon={<DatabaseZap size={22} />}
          action={<ButtonLink to={search}>{bucket ? `Search ${bucket}` : "Search"}</ButtonLink>}
        >
          This instance is not connected to Amazon Athena, so there is nothing to query with SQL. Searching
          finds packages and files by their names, metadata and content.
        </Empty>
      </Panel>
    </Page>
  );
}
