import { count } from "@/lib/format";
import { formatUri } from "@/lib/uris";
import { CopyButton } from "@/ui/Copy";
import { Facts, Panel } from "@/ui/Layout";
import { Ago, Hash, Size } from "@/ui/Measures";
import type { PackageLocation } from "./place";
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
