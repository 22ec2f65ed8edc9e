import { useQueryClient } from "@tanstack/react-query";
import { Table2 } from "lucide-react";
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { Revision } from "@/api/models";
import { t } from "@/language/en/features/packages";
import { errorMessage } from "@/lib/errors";
import { count } from "@/lib/format";
import { newQueryPath, selectFrom, tableKinds } from "@/lib/sql";
import { useServices } from "@/s3/context";
import { ButtonLink } from "@/ui/Button";
import { ButtonColumn } from "@/ui/Form";
import { Modal, ModalActions } from "@/ui/Modal";
import { Notice } from "@/ui/States";
import { PackageWalk } from "./goto/walk";
import styles from "./QueryTablesDialog.module.css";

/** Folders that are looked at for tables. */
const MAX_LISTINGS = 40;

/** All tables of a kind in the revision as one table, in SQL. */
export function QueryTablesDialog({
  bucket,
  name,
  revision,
  onClose,
}: {
  bucket: string;
  name: string;
  revision: Revision;
  onClose: () => void;
}) {
  const queryClient = useQueryClient();
  const { client } = useServices();
  const hash = revision.top_hash;
  const [walk] = useState(
    () => new PackageWalk(queryClient, client, { bucket, name, topHash: hash }, MAX_LISTINGS),
  );
  useEffect(() => {
    walk.start();
    return () => walk.stop();
  }, [walk]);
  const { count: known, phase, error } = useSyncExternalStore(walk.subscribe, walk.state);
  const kinds = useMemo(
    () => (known === 0 ? [] : tableKinds(walk.files.slice(0, known).map(({ path }) => path))),
    [walk, known],
  );
  const isPart = phase === "paused" || phase === "failed";
  return (
    <Modal open onClose={onClose} title={t.queryTables2} about={t.allTablesKind}>
      <div className={styles.content}>
        <p role="status" className="muted">
          {phase === "walking"
            ? t.lookingTablesFile(count(known), revision.total_entries)
            : kinds.length === 0
              ? t.revisionNoTables
              : isPart
                ? t.firstFileQuery(known)
                : ""}
        </p>
        {phase === "failed" && <Notice kind="warn">{errorMessage(error)}</Notice>}
        <ButtonColumn>
          {kinds.map(([extension, files]) => (
            <ButtonLink
              key={extension}
              icon={<Table2 size={15} />}
              to={newQueryPath(selectFrom({ bucket, name, reference: hash }, `**/*.${extension}`))}
            >
              {t.undefinedsFilesExtension(files, extension)}
            </ButtonLink>
          ))}
        </ButtonColumn>
      </div>
      <ModalActions cancel={t.close} />
    </Modal>
  );
}
