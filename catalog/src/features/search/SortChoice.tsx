import { useId } from "react";
import type { FoundField } from "@/api/models";
import { mainType, readSort, writeSort } from "@/lib/sorting";
import type { SearchAddress } from "./address";
import { fieldLabel } from "./fields";
import styles from "./SortChoice.module.css";

const ORDERS = [
  ["-modified", "Newest first"],
  ["modified", "Oldest first"],
  ["name", "Name"],
  ["-size", "Largest first"],
  ["size", "Smallest first"],
  ["-entries", "Most files first"],
] as const;

/** The order of the hits: the usual ones, and those by metadata that is shown. */
export function SortChoice({
  address,
  fields,
  onChange,
}: {
  address: SearchAddress;
  fields: readonly FoundField[];
  onChange: (sort: string | null) => void;
}) {
  const id = useId();
  const { sort } = address;
  const metadata = address.columns.flatMap(field =>
    [false, true].map(descending => writeSort({ field, descending }, mainType(fields, field))),
  );
  const known: readonly string[] = [...ORDERS.map(([order]) => order), ...metadata];
  const options = sort && !known.includes(sort) ? [...metadata, sort] : metadata;
  return (
    <span className={styles.choice}>
      <label htmlFor={id}>Sort</label>
      <select
        id={id}
        value={sort ?? ""}
        onChange={event => onChange(event.target.value === "" ? null : event.target.value)}
      >
        <option value="">{address.q ? "Relevance" : "Default"}</option>
        {ORDERS.map(([order, label]) => (
          <option key={order} value={order}>
            {label}
          </option>
        ))}
        {options.map(order => (
          <option key={order} value={order}>
            {metadataLabel(order)}
          </option>
        ))}
      </select>
    </span>
  );
}

function metadataLabel(order: string): string {
  const sort = readSort(order);
  return sort ? `${fieldLabel(sort.field)}, ${sort.descending ? "falling" : "rising"}` : order;
}
