import { useQuery } from "@tanstack/react-query";
import { queries } from "@/api/queries";
import { count } from "@/lib/format";
import { formatUri } from "@/lib/uris";
import { useServices } from "@/s3/context";
import { CopyButton } from "@/ui/Copy";
import { Facts, Panel } from "@/ui/Layout";
import { Ago, Hash, Size } from "@/ui/Measures";
import { PushAuthor } from "./PushAuthor";
import { MAX_OFFERED_REVISIONS, type PackageLocation } from "./place";
import styles from "./RevisionFacts.module.css";

/** What a revision is, in figures. */
export function RevisionFacts({
  bucket,
  name,
  path,
  revision,
  modified,
  pushes,
}: PackageLocation & { modified: string | undefined; pushes: number | undefined }) {
  const recent = useQuery(queries.recentRevisions(useServices(), bucket, name, MAX_OFFERED_REVISIONS));
  const author = recent.data?.items.find(push => push.top_hash === revision.top_hash)?.author;
  return (
    <Panel title="Revision" padded>
      <Facts
        facts={[
          [
            "Top hash",
            <span key="hash" className={styles.hash}>
              <Hash of={revision.top_hash} /> <CopyButton text={revision.top_hash} />
            </span>,
          ],
          modified !== undefined && ["Pushed", <Ago key="at" at={modified} />],
          author !== undefined && ["By", <PushAuthor key="by" author={author} />],
          [
            "Files",
            <span key="files" className="num">
              {count(revision.total_entries)}
            </span>,
          ],
          ["Size", <Size key="size" of={revision.total_bytes} />],
          pushes !== undefined && [
            "Pushes",
            <span key="pushes" className="num">
              {count(pushes)}
            </span>,
          ],
          [
            "Quilt+ URI",
            <CopyButton
              key="uri"
              label="Copy"
              small
              text={formatUri({ bucket, name, topHash: revision.top_hash, ...(path ? { path } : {}) })}
            />,
          ],
          revision.workflow !== null && ["Workflow", workflowName(revision.workflow)],
        ]}
      />
    </Panel>
  );
}

function workflowName(workflow: Record<string, unknown>): string {
  return typeof workflow.id === "string" ? workflow.id : "none chosen";
}
