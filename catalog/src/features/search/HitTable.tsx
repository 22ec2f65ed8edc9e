import { Link } from "react-router";
import type { SearchableField, FoundItem } from "@/api/models";
import { t } from "@/language/en/features/search";
import { bytes, count } from "@/lib/format";
import { METADATA, pointerLabel, valueAt, valueText } from "@/lib/pointers";
import { readSort, writeSort } from "@/lib/sorting";
import { FileIcon } from "@/ui/FileIcon";
import { Marked } from "@/ui/Marked";
import { Ago, Size } from "@/ui/Measures";
import { META_COLUMN_WIDTH, metaColumn } from "@/ui/metaColumn";
import { PackageBlock } from "@/ui/PackageBlock";
import { type Column, NameCell, Table } from "@/ui/Table";
import { hitKey, hitName, hitPath } from "./hits";

const sizeOf = (item: FoundItem) => (item.kind === "package" ? item.total_bytes : item.size);
const isDeleted = (item: FoundItem) => item.kind === "object" && item.deleted;
const MIN_NAME_WIDTH = 260;

/** Hits as rows, with a column for each chosen place of metadata. */
export function HitTable({
  items,
  words,
  columns: chosen,
  fields,
  pinned,
  sort,
  onSort,
  more,
}: {
  items: readonly FoundItem[];
  words: readonly string[];
  columns: readonly string[];
  fields: readonly SearchableField[];
  pinned: boolean;
  sort: string | null;
  onSort: (sort: string) => void;
  more: (() => void) | undefined;
}) {
  const metaOf = (item: FoundItem) => item.meta;
  const columns: Column<FoundItem>[] = [
    {
      id: "name",
      label: t.name,
      sortable: true,
      cell: item => (
        <NameCell
          icon={
            item.kind === "package" ? (
              <PackageBlock name={item.name} kinds={item.kinds} revisions={item.revisions} />
            ) : (
              <FileIcon name={item.key} />
            )
          }
          sub={
            <>
              {chosen
                .map(
                  column => [column, valueText(valueAt(item.meta, column.slice(METADATA.length)))] as const,
                )
                .filter(([, text]) => text)
                .map(([column, text]) => `${pointerLabel(column.slice(METADATA.length))} ${text} · `)}
              {item.kind === "package" && `${t.filesTotalEntries(item.total_entries)} · `}
              {isDeleted(item) ? t.deleted : bytes(sizeOf(item))}
            </>
          }
        >
          <Link to={hitPath(item, pinned)} title={hitName(item)}>
            <Marked text={hitName(item)} words={words} />
          </Link>
        </NameCell>
      ),
    },
    ...chosen.map(column => metaColumn(column, metaOf)),
    {
      id: "entries",
      label: t.files,
      wide: true,
      align: "right",
      width: 84,
      sortable: true,
      largestFirst: true,
      cell: item => <span className="num">{item.kind === "package" && count(item.total_entries)}</span>,
    },
    {
      id: "size",
      label: t.size,
      wide: true,
      align: "right",
      width: 92,
      sortable: true,
      largestFirst: true,
      cell: item => <Size of={sizeOf(item)} />,
    },
    {
      id: "modified",
      label: t.modified,
      wide: true,
      align: "right",
      width: 136,
      sortable: true,
      largestFirst: true,
      cell: item => <Ago at={item.modified} />,
    },
  ];
  const sorting = readSort(sort);
  return (
    <Table
      label={t.results}
      columns={columns}
      rows={items}
      id={hitKey}
      more={more}
      minWidth={MIN_NAME_WIDTH + chosen.length * META_COLUMN_WIDTH + 312}
      sorting={sorting && { id: sorting.field, descending: sorting.descending }}
      onSort={({ id, descending }) => onSort(writeSort({ field: id, descending }, fields))}
    />
  );
}
