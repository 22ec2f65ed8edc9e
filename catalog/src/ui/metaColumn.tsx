import { JsonNumber } from "@/lib/json";
import { pointerLabel, METADATA, valueAt, valueText } from "@/lib/pointers";
import type { Column } from "./Table";

export const META_COLUMN_WIDTH = 150;

/** A column with what rows have at a place of their metadata. */
export function metaColumn<Row>(field: string, metaOf: (row: Row) => unknown): Column<Row> {
  const pointer = field.slice(METADATA.length);
  return {
    id: field,
    label: pointerLabel(pointer),
    wide: true,
    width: META_COLUMN_WIDTH,
    sortable: true,
    cell: row => {
      const value = valueAt(metaOf(row), pointer);
      const text = valueText(value);
      const isNumber = typeof value === "number" || value instanceof JsonNumber;
      return (
        <span className={isNumber ? "num" : undefined} title={text}>
          {text}
        </span>
      );
    },
  };
}
