import { useQuery } from "@tanstack/react-query";
import { queries } from "@/api/queries";
import { t } from "@/language/en/features/packages";
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
    <Panel title={t.revision} padded>
      <Facts
        facts={[
          [
            t.topHash,
            <span key="hash" className={styles.hash}>
              <Hash of={revision.top_hash} /> <CopyButton text={revision.top_hash} />
            </span>,
          ],
          modified !== undefined && [t.pushed, <Ago key="at" at={modified} />],
          author !== undefined && [t.by, <PushAuthor key="by" author={author} />],
          [
            t.files,
            <span key="files" className="num">
              {count(revision.total_entries)}
            </span>,
          ],
          [t.size, <Size key="size" of={revision.total_bytes} />],
          pushes !== undefined && [
            t.pushes,
            <span key="pushes" className="num">
              {count(pushes)}
            </span>,
          ],
          [
            t.quiltUri,
            <CopyButton
              key="uri"
              label={t.copy}
              small
              text={formatUri({ bucket, name, topHash: revision.top_hash, ...(path ? { path } : {}) })}
            />,
          ],
          revision.workflow !== null && [t.workflow, workflowName(revision.workflow)],
        ]}
      />
    </Panel>
  );
}

function workflowName(workflow: Record<string, unknown>): string {
  return typeof workflow.id === "string" ? workflow.id : t.noneChosen;
}
