import { type ReactNode, useState } from "react";
import { t } from "@/language/en/ui/parts";
import { Check, Filter } from "./Field";
import { Popover } from "./Popover";
import styles from "./PickerPopover.module.css";

export interface PickerOption {
  id: string;
  label: string;
  /** Small, at the end of the line. */
  note?: string;
}

/** With fewer options nothing is filtered. */
const MIN_FILTERED = 8;
const MAX_SHOWN = 200;

/** Any number of many options, chosen in a popover. */
export function PickerPopover({
  label,
  icon,
  title,
  options,
  chosen,
  onChange,
  empty,
}: {
  label: string;
  icon?: ReactNode;
  title: string;
  options: readonly PickerOption[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  /** What is said when there are no options. */
  empty: ReactNode;
}) {
  return (
    <Popover label={label} icon={icon} title={title}>
      {options.length === 0 ? (
        <p className="muted">{empty}</p>
      ) : (
        <Options title={title} options={options} chosen={chosen} onChange={onChange} />
      )}
    </Popover>
  );
}

function Options({
  title,
  options,
  chosen,
  onChange,
}: {
  title: string;
  options: readonly PickerOption[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}) {
  const [filter, setFilter] = useState("");
  const wanted = filter.trim().toLowerCase();
  const found = options.filter(option => option.label.toLowerCase().includes(wanted));
  return (
    <>
      {options.length >= MIN_FILTERED && <Filter label={t.filter} value={filter} onChange={setFilter} />}
      <ul className={styles.options} aria-label={title}>
        {found.slice(0, MAX_SHOWN).map(({ id, label, note }) => (
          <li key={id}>
            <Check
              label={
                <span className={styles.option}>
                  <span className={styles.name}>{label}</span>
                  {note && <span className={styles.note}>{note}</span>}
                </span>
              }
              checked={chosen.includes(id)}
              onChange={checked => onChange(checked ? [...chosen, id] : chosen.filter(each => each !== id))}
            />
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="muted">{t.nothingContains(filter.trim())}</p>}
    </>
  );
}
