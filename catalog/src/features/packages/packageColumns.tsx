import { Link } from "react-router";
import { t } from "@/language/en/features/packages/lists";
import { bytes, count } from "@/lib/format";
import { packagePath } from "@/lib/paths";
import { METADATA, pointerLabel, valueAt, valueText } from "@/lib/pointers";
import { Chip } from "@/ui/Layout";
import { Ago, Size } from "@/ui/Measures";
import { META_COLUMN_WIDTH, metaColumn } from "@/ui/metaColumn";
import { PackageBlock } from "@/ui/PackageBlock";
import { type Column, NameCell } from "@/ui/Table";
import { stateWord } from "./states";
import type { PackageRow } from "./usePackageList";

const metaOf = (row: PackageRow) => ("meta" in row ? row.meta : undefined);

const MIN_NAME_WIDTH = 240;
const OTHERS_WIDTH = 520;

/** Smallest width at which the columns of metadata can be read. */
export const minWidthOf = (columns: readonly string[]) =>
  columns.length > 0 ? MIN_NAME_WIDTH + OTHERS_WIDTH + columns.length * META_COLUMN_WIDTH : undefined;

export function packageColumns(chosen: readonly string[]): Column<PackageRow>[] {
  const second = (row: PackageRow) =>
    chosen.flatMap(column => {
      const pointer = column.slice(METADATA.length);
      const text = valueText(valueAt(metaOf(row), pointer));
      return text ? [`${pointerLabel(pointer)} ${text} · `] : [];
    });
  return [
    {
      id: "name",
      label: t.package,
      sortable: true,
      cell: row => (
        <NameCell
          icon={<PackageBlock name={row.name} kinds={row.kinds} revisions={row.revisions} />}
          sub={
            <>
              {second(row)}
              <Ago at={row.modified} /> · {t.filesTotalEntries(row.total_entries)} · {bytes(row.total_bytes)}
            </>
          }
        >
          <Link to={packagePath(row.bucket, row.name)} title={row.title ?? row.name}>
            {row.name}
          </Link>{" "}
          {"state" in row && row.state !== "ready" && <Chip kind="danger">{stateWord(row.state)}</Chip>}
        </NameCell>
      ),
    },
    {
      id: "message",
      label: t.about,
      wide: true,
      cell: row => {
        const texts = [row.title, row.message].filter(Boolean);
        return (
          <span className="muted" title={texts.join("\n") || undefined}>
            {texts.join(" · ")}
          </span>
        );
      },
    },
    ...chosen.map(column => metaColumn(column, metaOf)),
    pushes(),
    {
      id: "entries",
      label: t.files,
      wide: true,
      align: "right",
      width: 92,
      sortable: true,
      largestFirst: true,
      cell: row => <span className="num">{count(row.total_entries)}</span>,
    },
    {
      id: "size",
      label: t.size,
      wide: true,
      align: "right",
      width: 92,
      sortable: true,
      largestFirst: true,
      cell: row => <Size of={row.total_bytes} />,
    },
    {
      id: "modified",
      label: t.updated,
      wide: true,
      align: "right",
      width: 136,
      sortable: true,
      largestFirst: true,
      cell: row => <Ago at={row.modified} />,
    },
  ];
}

const pushes = (): Column<PackageRow> => ({
  id: "revisions",
  label: t.pushes,
  wide: true,
  align: "right",
  width: 84,
  cell: row => <span className="num">{count(row.revisions)}</span>,
});
