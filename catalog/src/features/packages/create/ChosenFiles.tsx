import { PackagePlus, X } from "lucide-react";
import { bytes, count, counted } from "@/lib/format";
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
      label: "Key in the package",
      cell: key => (
        <NameCell icon={<FileIcon name={key} />} sub={bytes(sizeOf(key))}>
          <span title={files[key]?.physicalKey}>{key}</span>
        </NameCell>
      ),
    },
    {
      id: "size",
      label: "Size",
      wide: true,
      align: "right",
      width: 100,
      cell: key => <span className="num">{bytes(sizeOf(key))}</span>,
    },
    {
      id: "remove",
      label: "Take out",
      quiet: true,
      align: "right",
      width: 64,
      cell: key => (
        <IconButton label={`Take out ${key}`} onClick={() => remove(key)}>
          <X size={15} />
        </IconButton>
      ),
    },
  ];
  return (
    <Panel
      title={logicalKeys.length > 0 ? `${counted(logicalKeys.length, "file")}, ${bytes(total)}` : "Files"}
    >
      {logicalKeys.length === 0 ? (
        <Empty title="Nothing in it yet" icon={<PackagePlus size={22} />}>
          Add files and folders from a bucket, or upload them. A package takes at most {count(max)} at once.
        </Empty>
      ) : (
        <Table label="Files of the new package" columns={columns} rows={logicalKeys} id={key => key} />
      )}
    </Panel>
  );
}
