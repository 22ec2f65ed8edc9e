import { type KeyboardEvent, useRef } from "react";
import { t } from "@/language/en/features/files/selection";
import type { Column } from "@/ui/Table";
import type { Selection } from "./useSelection";
import styles from "./ChooseCell.module.css";

/** A column of ticks. `isFixed`: rows that cannot be chosen. */
export const chooseColumn = <Row,>(
  selection: Selection,
  id: (row: Row) => string,
  name: (row: Row) => string,
  isFixed?: (row: Row) => boolean,
): Column<Row> => ({
  id: "choose",
  label: t.choose,
  quiet: true,
  width: 44,
  cell: row =>
    isFixed?.(row) ? null : <ChooseCell id={id(row)} label={t.chooseRow(name(row))} selection={selection} />,
});

/** With the shift key, all between; Shift+Arrow also takes the next row, Ctrl+A all, and Escape none. */
function ChooseCell({ id, label, selection }: { id: string; label: string; selection: Selection }) {
  const isShifted = useRef(false);
  const onKey = (event: KeyboardEvent<HTMLInputElement>) => {
    isShifted.current = event.shiftKey;
    const by = event.shiftKey ? ({ ArrowDown: 1, ArrowUp: -1 } as const)[event.key] : undefined;
    const isAll = event.key === "a" && (event.ctrlKey || event.metaKey);
    if (by === undefined && !isAll && event.key !== "Escape") return;
    event.preventDefault();
    if (isAll) selection.chooseAll();
    else if (by === undefined) selection.clear();
    else if (selection.extend(id, by) !== null) {
      const row = event.currentTarget.closest("tr");
      const next = by === 1 ? row?.nextElementSibling : row?.previousElementSibling;
      next?.querySelector<HTMLInputElement>("input[type=checkbox]")?.focus();
    }
  };
  return (
    <input
      type="checkbox"
      className={styles.box}
      aria-label={label}
      checked={selection.chosen.has(id)}
      onKeyDown={onKey}
      onKeyUp={event => {
        isShifted.current = event.shiftKey;
      }}
      onChange={event => {
        const { shiftKey } = event.nativeEvent as MouseEvent;
        selection.toggle(id, shiftKey || isShifted.current);
      }}
    />
  );
}
