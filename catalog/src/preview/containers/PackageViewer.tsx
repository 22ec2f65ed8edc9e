/** A manifest: the package that it describes. */
import { Link } from "react-router";
import { t } from "@/language/en/preview/containers";
import { bytes } from "@/lib/format";
import { treePath } from "@/lib/paths";
import { parsePhysicalKey } from "@/s3/locations";
import { JsonTree } from "@/ui/JsonTree";
import { type Column, NameCell, Table } from "@/ui/Table";
import { FileIcon } from "@/ui/FileIcon";
import { Notice } from "@/ui/States";
import type { Answer } from "../answers";
import { useFile } from "../file";
import styles from "./PackageViewer.module.css";

interface Entry {
  path: string;
  physicalKey: string;
  size: number | null;
}

/** Manifests are called by their top hash. */
const MANIFEST = /^\.quilt\/packages\/([0-9a-f]{64})$/;

const text = (value: unknown) => (typeof value === "string" ? value : "");

export default function PackageViewer({ answer }: { answer: Answer }) {
  const { target } = useFile();
  if (answer.kind !== "package") return null;
  const topHash = MANIFEST.exec(target.key)?.[1];
  const entries: Entry[] = answer.entries.map(entry => ({
    path: text(entry.logical_key),
    physicalKey: text(entry.physical_key) || text((entry.physical_keys as unknown[] | undefined)?.[0]),
    size: typeof entry.size === "number" ? entry.size : null,
  }));
  const columns: Column<Entry>[] = [
    {
      id: "path",
      label: t.file,
      cell: row => (
        <NameCell icon={<FileIcon name={row.path} />} sub={row.size !== null && bytes(row.size)}>
          <EntryLink entry={row} />
        </NameCell>
      ),
    },
    {
      id: "size",
      label: t.size,
      wide: true,
      align: "right",
      width: 110,
      cell: row => <span className="num">{row.size === null ? "" : bytes(row.size)}</span>,
    },
  ];
  return (
    <>
      <div className={styles.about}>
        <p>{answer.message ?? <span className="muted">{t.noMessage}</span>}</p>
        {topHash && (
          <p>
            <Link
              to={`/search?${new URLSearchParams({ q: `hash:${topHash}`, buckets: target.bucket }).toString()}`}
            >
              {t.findPackageRevision}
            </Link>
          </p>
        )}
        {answer.metadata && <JsonTree value={answer.metadata} label={t.packageMetadata} open={2} />}
        {!answer.complete && <Notice>{t.firstFilesListed(entries.length)}</Notice>}
      </div>
      <Table label={t.filesPackage} columns={columns} rows={entries} id={row => row.path} />
    </>
  );
}

function EntryLink({ entry }: { entry: Entry }) {
  const at = parsePhysicalKey(entry.physicalKey);
  return at ? (
    <Link to={treePath(at.bucket, at.key)} title={entry.path}>
      {entry.path}
    </Link>
  ) : (
    <span title={entry.path}>{entry.path}</span>
  );
}
