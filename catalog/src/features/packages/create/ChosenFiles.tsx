import { PackagePlus, X } from "lucide-react";
import { t } from "@/language/en/features/packages/create";
import { bytes, count } from "@/lib/format";
import { IconButton } from "@/ui/Button";
import { FileIcon } from "@/ui/FileIcon";
import { Panel } from "@/ui/Layout";
import { Empty } from "@/ui/States";
import { type Column, NameCell, Table } from "@/ui/Table";
import type { Added } from "../revise/edits";

/** The files of a package that is being made, by their keys in it. */
export function ChosenFiles({
  files,
  max,
  remove,
}: {
  files: Record<string, Added>;
  max: number;
  remove: (key: string) => void;
}) {
  const logicalKeys = Object.keys(files);
  const sizeOf = (key: string) => files[key]?.size ?? 0;
  const total = logicalKeys.reduce((sum, key) => sum + sizeOf(key), 0);
  const columns: Column<string>[] = [
    {
      id: "key",
      label: t.keyPackage,
      cell: key => (
        <NameCell icon={<FileIcon name={key} />} sub={bytes(sizeOf(key))}>
          <span title={files[key]?.physicalKey}>{key}</span>
        </NameCell>
      ),
    },
    {
      id: "size",
      label: t.size,
      wide: true,
      align: "right",
      width: 100,
      cell: key => <span className="num">{bytes(sizeOf(key))}</span>,
    },
    {
      id: "remove",
      label: t.takeOut,
      quiet: true,
      align: "right",
      width: 64,
      cell: key => (
        <IconButton label={t.takeOut2(key)} onClick={() => remove(key)}>
          <X size={15} />
        </IconButton>
      ),
    },
  ];
  return (
    <Panel
      title={logicalKeys.length > 0 ? `${t.filesLogicalKeys(logicalKeys.length)}, ${bytes(total)}` : t.files}
    >
      {logicalKeys.length === 0 ? (
        <Empty title={t.nothingYet} icon={<PackagePlus size={22} />}>
          {t.addFilesFolders(count(max))}
        </Empty>
      ) : (
        <Table label={t.filesNewPackage} columns={columns} rows={logicalKeys} id={key => key} />
      )}
    </Panel>
  );
}
