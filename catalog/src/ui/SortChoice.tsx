import { useId } from "react";
import { t } from "@/language/en/ui/parts";
import styles from "./SortChoice.module.css";

/** The order of a list that the registry sorts. */
export function SortChoice({
  orders,
  value,
  onChange,
}: {
  /** What the address keeps of each, and its name; an empty string is the order without a choice. */
  orders: readonly (readonly [string, string])[];
  value: string | null;
  onChange: (order: string | null) => void;
}) {
  const id = useId();
  const known = orders.some(([order]) => order === (value ?? ""));
  return (
    <span className={styles.choice}>
      <label htmlFor={id}>{t.sort}</label>
      <select id={id} value={value ?? ""} onChange={event => onChange(event.target.value || null)}>
        {orders.map(([order, label]) => (
          <option key={order} value={order}>
            {label}
          </option>
        ))}
        {!known && value && <option value={value}>{value}</option>}
      </select>
    </span>
  );
}
