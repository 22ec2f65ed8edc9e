import { FolderOpen } from "lucide-react";
import { useMemo, useState } from "react";
import { t } from "@/language/en/preview/containers";
import { bytes, count } from "@/lib/format";
import { nameOf } from "@/lib/paths";
import { Button } from "@/ui/Button";
import { Filter } from "@/ui/Field";
import { FileIcon, FolderIcon } from "@/ui/FileIcon";
import { Empty } from "@/ui/States";
import { type Column, NameCell, sorted, type Sorting, Table } from "@/ui/Table";
import type { Answer, ArchiveAnswer, ArchiveMember } from "../answers";
import { useFile, WITHIN } from "../file";
import { Tools } from "../Tools";
import { OTHER_FILE, useView } from "../viewState";
import styles from "./ArchiveViewer.module.css";

/** What an archive holds; files in it open like others. */
export default function ArchiveViewer({ answer }: { answer: Answer }) {
  if (answer.kind !== "archive") return null;
  return <Shown answer={answer} />;
}

function Shown({ answer }: { answer: ArchiveAnswer }) {
  const { name, member } = useFile();
  const { set } = useView();
  const [contains, setContains] = useState("");
  const [sorting, setSorting] = useState<Sorting | null>(null);
  const wanted = contains.toLowerCase();
  const rows = useMemo(
    () => answer.members.filter(({ path }) => path.toLowerCase().includes(wanted)),
    [answer.members, wanted],
  );
  const open = (path: string) =>
    set({ ...OTHER_FILE, member: member === undefined ? path : `${member}${WITHIN}${path}` }, { step: true });
  const columns: Column<ArchiveMember>[] = [
    {
      id: "path",
      label: t.path,
      order: (a, b) => a.path.localeCompare(b.path, "en", { numeric: true }),
      cell: row => (
        <NameCell
          icon={row.type === "folder" ? <FolderIcon /> : <FileIcon name={row.path} />}
          sub={row.size !== null && bytes(row.size)}
        >
          {row.type === "file" ? (
            <button type="button" className={styles.member} title={row.path} onClick={() => open(row.path)}>
              {row.path}
            </button>
          ) : (
            <span title={row.path}>{row.path}</span>
          )}
        </NameCell>
      ),
    },
    {
      id: "size",
      label: t.size,
      wide: true,
      align: "right",
      width: 110,
      order: (a, b) => (a.size ?? -1) - (b.size ?? -1),
      cell: row => <span className="num">{row.size === null ? "" : bytes(row.size)}</span>,
    },
    {
      id: "modified",
      label: t.modified,
      wide: true,
      width: 170,
      order: (a, b) => (a.modified ?? "").localeCompare(b.modified ?? ""),
      cell: row => <span className="num muted">{row.modified?.replace("T", " ").slice(0, 16)}</span>,
    },
  ];
  const total = answer.total ?? answer.members.length;
  return (
    <>
      <Tools>
        <span className={styles.count}>
          {answer.total === null ? t.membersMore(count(total)) : t.membersTotal(total)}
          {total > answer.members.length && t.firstListed(count(answer.members.length))}
        </span>
        {answer.members.length > 10 && (
          <Filter label={t.findMember} value={contains} onChange={setContains} />
        )}
        {contains !== "" && rows.length === 0 && (
          <Button small kind="quiet" onClick={() => setContains("")}>
            {t.showAll}
          </Button>
        )}
      </Tools>
      {rows.length === 0 ? (
        <Empty title={contains ? t.noPathLetters : t.archiveEmpty} icon={<FolderOpen size={22} />} />
      ) : (
        <Table
          label={t.contentsName(nameOf(name))}
          columns={columns}
          rows={sorted(rows, columns, sorting)}
          id={row => row.path}
          sorting={sorting}
          onSort={setSorting}
        />
      )}
    </>
  );
}
