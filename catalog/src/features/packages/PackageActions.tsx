/** What can be done with a package, beside reading it. */
import { Database, Ellipsis, GitCompareArrows, Link2, PencilLine, Send, Trash2 } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { Revision } from "@/api/models";
import { useBucket, useBuckets } from "@/api/queries";
import { t } from "@/language/en/features/packages";
import { itemsOf } from "@/lib/pages";
import { comparePath, promotePath, revisePath } from "@/lib/paths";
import { formatUri } from "@/lib/uris";
import { useBucketPreferences } from "@/s3/preferences";
import { ButtonLink } from "@/ui/Button";
import { useCopy } from "@/ui/Copy";
import { Menu, MenuItem, MenuLine } from "@/ui/Menu";
import { DeletePackageDialog } from "./DeletePackageDialog";
import { QueryTablesDialog } from "./QueryTablesDialog";

export function PackageActions({
  bucket,
  name,
  path,
  revision,
  pushes,
}: {
  bucket: string;
  name: string;
  path: string;
  revision: Revision;
  pushes: number | undefined;
}) {
  const navigate = useNavigate();
  const { data: about } = useBucket(bucket);
  const [deleting, setDeleting] = useState<"revision" | "package" | null>(null);
  const [querying, setQuerying] = useState(false);
  const { copied, run } = useCopy(
    formatUri({ bucket, name, topHash: revision.top_hash, ...(path ? { path } : {}) }),
  );
  const { actions } = useBucketPreferences(bucket);
  const writable = about?.level === "READ_WRITE";
  const isReady = revision.state === "ready";
  const side = { bucket, name, reference: revision.top_hash };
  return (
    <>
      {writable && isReady && actions.revisePackage && (
        <ButtonLink to={revisePath(bucket, name, revision.top_hash)} icon={<PencilLine size={15} />}>
          {t.revise}
        </ButtonLink>
      )}
      <Menu label={t.moreActions} trigger={<Ellipsis size={18} />}>
        {isReady && (
          <>
            <MenuItem icon={<GitCompareArrows size={15} />} onClick={() => void navigate(comparePath(side))}>
              {t.compareAnotherRevision}
            </MenuItem>
            <MenuItem icon={<Database size={15} />} onClick={() => setQuerying(true)}>
              {t.queryTables}
            </MenuItem>
            {actions.copyPackage && (
              <PromoteItem onClick={() => void navigate(promotePath(bucket, name, revision.top_hash))} />
            )}
          </>
        )}
        <MenuItem icon={<Link2 size={15} />} onClick={run}>
          {t.copyQuiltUri}
        </MenuItem>
        {writable && actions.deleteRevision && (
          <>
            <MenuLine />
            <MenuItem icon={<Trash2 size={15} />} onClick={() => setDeleting("revision")}>
              {t.deleteRevision3}
            </MenuItem>
            <MenuItem icon={<Trash2 size={15} />} onClick={() => setDeleting("package")}>
              {t.deletePackage3}
            </MenuItem>
          </>
        )}
      </Menu>
      <span role="status" className="hidden">
        {copied ? t.copied : ""}
      </span>
      {querying && (
        <QueryTablesDialog
          bucket={bucket}
          name={name}
          revision={revision}
          onClose={() => setQuerying(false)}
        />
      )}
      {deleting && (
        <DeletePackageDialog
          bucket={bucket}
          name={name}
          topHash={deleting === "revision" ? revision.top_hash : null}
          last={pushes === 1}
          onClose={() => setDeleting(null)}
        />
      )}
    </>
  );
}

/** Asks for the buckets when the menu opens. Who may write nowhere has nowhere to promote to. */
function PromoteItem({ onClick }: { onClick: () => void }) {
  const buckets = useBuckets();
  // There may be more than are known here.
  if (!buckets.hasNextPage && !itemsOf(buckets.data).some(each => each.level === "READ_WRITE")) return null;
  return (
    <MenuItem icon={<Send size={15} />} onClick={onClick}>
      {t.promote}
    </MenuItem>
  );
}
