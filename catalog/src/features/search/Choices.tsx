import { X } from "lucide-react";
import { t } from "@/language/en/features/search";
import type { Bounds } from "@/lib/clauses";
import { bytes } from "@/lib/format";
import { Button } from "@/ui/Button";
import {
  chosenFields,
  type SearchAddress,
  valuesIn,
  withBounds,
  withoutChoices,
  withValues,
} from "./address";
import styles from "./Choices.module.css";
import { fieldLabel, valueLabel } from "./fields";

interface Choice {
  id: string;
  label: string;
  code?: boolean;
  without: SearchAddress;
}

function choicesIn(address: SearchAddress): Choice[] {
  const values = chosenFields(address).flatMap(field =>
    valuesIn(address, field).map(value => ({
      id: `${field} ${value}`,
      label: `${fieldLabel(field)}: ${valueLabel(field, value)}`,
      without: withValues(
        address,
        field,
        valuesIn(address, field).filter(each => each !== value),
      ),
    })),
  );
  const bounds = Object.entries(address.bounds).map(([field, range]) => ({
    id: `bounds ${field}`,
    label: `${fieldLabel(field)}: ${boundsText(field, range)}`,
    without: withBounds(address, field, { from: null, to: null }),
  }));
  const filters = address.filters.map(filter => ({
    id: `filter ${filter}`,
    label: filter,
    code: true,
    without: { ...address, filters: address.filters.filter(each => each !== filter) },
  }));
  const revisions = address.revisions && {
    id: "revisions",
    label: t.earlierRevisionsToo,
    without: { ...address, revisions: null },
  };
  return [...values, ...bounds, ...filters, ...(revisions ? [revisions] : [])];
}

function boundsText(field: string, { from, to }: Bounds): string {
  const text = (bound: string) => (field === "size" ? bytes(Number(bound)) : bound);
  if (from === null) return t.upTo(text(to ?? ""));
  return to === null ? t.fromFrom(text(from)) : t.toFromTo(text(from), text(to));
}

/** What was ticked and entered, to be taken back one by one. */
export function Choices({
  address,
  change,
}: {
  address: SearchAddress;
  change: (to: SearchAddress) => void;
}) {
  const choices = choicesIn(address);
  if (choices.length === 0) return null;
  return (
    <ul className={styles.choices} aria-label={t.chosenFilters}>
      {choices.map(({ id, label, code, without }) => (
        <li key={id}>
          <button
            type="button"
            className={styles.choice}
            aria-label={t.removeLabel(label)}
            onClick={() => change(without)}
          >
            <span className="cut">{code ? <code>{label}</code> : label}</span>
            <X size={13} />
          </button>
        </li>
      ))}
      {choices.length > 1 && (
        <li>
          <Button small kind="quiet" onClick={() => change(withoutChoices(address))}>
            {t.removeAll}
          </Button>
        </li>
      )}
    </ul>
  );
}
