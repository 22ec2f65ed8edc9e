import { useState } from "react";
import { t } from "@/language/en/features/search";
import { count } from "@/lib/format";
import { Filter } from "@/ui/Field";
import styles from "./ValueFacet.module.css";

/** Values in sight before all are. */
const MAX_FIRST = 6;
/** With more values they can be filtered. */
const MAX_UNFILTERED = 20;

interface Option {
  value: string;
  /** Undefined: not among the values that were counted. */
  count?: number;
}

/** Values to tick; hits have one of those that are. */
export function ValueFacet({
  field,
  options,
  distinct,
  isComplete,
  chosen,
  label,
  onChange,
}: {
  field: string;
  options: readonly Option[];
  distinct: number;
  isComplete: boolean;
  chosen: readonly string[];
  label: (value: string) => string;
  onChange: (chosen: string[]) => void;
}) {
  const [all, setAll] = useState(false);
  const [filter, setFilter] = useState("");
  const missing = chosen.filter(value => !options.some(option => option.value === value));
  const every: readonly Option[] = [...options, ...missing.map(value => ({ value }))];
  const wanted = filter.trim().toLowerCase();
  const shown = every.filter(({ value }, index) =>
    all
      ? label(value).toLowerCase().includes(wanted)
      : index < MAX_FIRST || every.length === MAX_FIRST + 1 || chosen.includes(value),
  );
  return (
    <>
      {all && every.length > MAX_UNFILTERED && (
        <Filter label={t.filterValues} value={filter} onChange={setFilter} />
      )}
      <ul className={styles.values}>
        {shown.map(({ value, count: hits }) => (
          <li key={value}>
            <label className={styles.value}>
              <input
                type="checkbox"
                name={field}
                checked={chosen.includes(value)}
                onChange={event =>
                  onChange(event.target.checked ? [...chosen, value] : chosen.filter(each => each !== value))
                }
              />
              <span className="cut" title={label(value)}>
                {label(value)}
              </span>
              {hits !== undefined && <span className={styles.count}>{count(hits)}</span>}
            </label>
          </li>
        ))}
      </ul>
      {all && !isComplete && (
        <p className={styles.note}>{t.mostFrequent(count(options.length), count(distinct))}</p>
      )}
      {every.length > MAX_FIRST + 1 && (
        <button type="button" className={styles.all} aria-expanded={all} onClick={() => setAll(now => !now)}>
          {all ? t.fewer : t.allEvery(count(every.length))}
        </button>
      )}
    </>
  );
}
