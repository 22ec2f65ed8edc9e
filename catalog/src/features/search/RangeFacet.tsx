import { useId, useState } from "react";
import type { Facet } from "@/api/models";
import { t } from "@/language/en/features/search";
import type { Bounds } from "@/lib/clauses";
import { bytes, bytesFrom, count, numberFrom, typedNumber } from "@/lib/format";
import { boundLabel, boundText, fieldLabel, isShort, isTime } from "./fields";
import styles from "./RangeFacet.module.css";

/** Bounds of numbers or times, to enter or to take from a histogram. */
export function RangeFacet({
  field,
  facet,
  bounds,
  onChange,
}: {
  field: string;
  /** Undefined: nothing was found there. */
  facet: Facet | undefined;
  bounds: Bounds;
  onChange: (bounds: Bounds) => void;
}) {
  const type = facet?.type ?? (/^\d{4}-/.test(bounds.from ?? bounds.to ?? "") ? "datetime" : "number");
  return (
    <>
      {facet && facet.buckets.length > 1 && (
        <Histogram field={field} facet={facet} bounds={bounds} onChange={onChange} />
      )}
      <Inputs field={field} type={type} facet={facet} bounds={bounds} onChange={onChange} />
    </>
  );
}

function Histogram({
  field,
  facet,
  bounds,
  onChange,
}: {
  field: string;
  facet: Facet;
  bounds: Bounds;
  onChange: (bounds: Bounds) => void;
}) {
  const highest = Math.max(...facet.buckets.map(bucket => bucket.count), 1);
  return (
    <div className={styles.histogram} role="group" aria-label={t.histogramField(fieldLabel(field))}>
      {facet.buckets.map(({ from, to, count: hits }) => {
        const exact = isTime(facet.type) && isShort(from, to);
        const mine = {
          from: boundText(facet.type, from, exact),
          to: boundText(facet.type, to, exact),
        };
        const label = t.toFieldField2(
          boundLabel(field, facet.type, from),
          boundLabel(field, facet.type, to),
          count(hits),
        );
        return (
          // The fields below do the same by keyboard.
          <button
            key={from}
            type="button"
            tabIndex={-1}
            aria-label={label}
            title={label}
            disabled={hits === 0}
            data-out={isOutside(facet.type, mine, bounds) || undefined}
            onClick={() => onChange(mine)}
          >
            <span style={{ height: `${Math.ceil((hits / highest) * 100)}%` }} />
          </button>
        );
      })}
    </div>
  );
}

/** Whether the bar and the chosen range have nothing in common. */
function isOutside(type: Facet["type"], bar: { from: string; to: string }, { from, to }: Bounds): boolean {
  const at = (text: string) => (isTime(type) ? new Date(text).getTime() : Number(text));
  return (from !== null && at(bar.to) <= at(from)) || (to !== null && at(bar.from) > at(to));
}

function Inputs({
  field,
  type,
  facet,
  bounds,
  onChange,
}: {
  field: string;
  type: Facet["type"];
  facet: Facet | undefined;
  bounds: Bounds;
  onChange: (bounds: Bounds) => void;
}) {
  const id = useId();
  const written = (bound: string | null) => {
    if (bound === null) return "";
    if (isTime(type)) return bound.slice(0, 10);
    return field === "size" ? bytes(Number(bound)) : typedNumber(bound);
  };
  const [typed, setTyped] = useState({ from: written(bounds.from), to: written(bounds.to) });
  const [wrong, setWrong] = useState(false);
  // What is chosen elsewhere (a bar, the way back) is what the fields say.
  const [known, setKnown] = useState(bounds);
  if (known.from !== bounds.from || known.to !== bounds.to) {
    setKnown(bounds);
    setTyped({ from: written(bounds.from), to: written(bounds.to) });
    setWrong(false);
  }

  const commit = () => {
    const read = (end: "from" | "to") => {
      const text = typed[end].trim();
      // What was not touched keeps its exact value.
      return text === written(bounds[end]) ? bounds[end] : text === "" ? null : parsed(field, type, text);
    };
    const [from, to] = [read("from"), read("to")];
    setWrong(from === undefined || to === undefined);
    if (from === undefined || to === undefined || (from === bounds.from && to === bounds.to)) return;
    onChange({ from, to });
  };
  const hint = (bound: number | null | undefined) =>
    bound === null || bound === undefined ? "" : boundLabel(field, type, bound);
  return (
    <form
      noValidate
      className={styles.inputs}
      data-stacked={isTime(type) || undefined}
      onSubmit={event => {
        event.preventDefault();
        commit();
      }}
    >
      {(["from", "to"] as const).map(end => (
        <label key={end} className={styles.bound}>
          <span aria-hidden="true">{t[end]}</span>
          <input
            type={isTime(type) ? "date" : "text"}
            inputMode={isTime(type) || field === "size" ? undefined : "decimal"}
            aria-label={`${fieldLabel(field)} ${t[end]}`}
            aria-invalid={wrong || undefined}
            aria-describedby={wrong ? id : undefined}
            placeholder={hint(end === "from" ? facet?.min : facet?.max)}
            value={typed[end]}
            onBlur={({ currentTarget, relatedTarget }) => {
              if (!currentTarget.form?.contains(relatedTarget)) commit();
            }}
            onChange={event => setTyped({ ...typed, [end]: event.target.value })}
          />
        </label>
      ))}
      {/* Sends the form on Enter, as only one button can where there are two fields. */}
      <button type="submit" className="hidden" tabIndex={-1}>
        {t.apply}
      </button>
      {wrong && (
        <p id={id} role="alert" className={styles.wrong}>
          {field === "size" ? t.enterSizesLike : t.enterNumbers}
        </p>
      )}
    </form>
  );
}

/** Undefined: neither a number nor a time. */
function parsed(field: string, type: Facet["type"], text: string): string | undefined {
  if (isTime(type)) return /^\d{4}-\d\d-\d\d$/.test(text) ? text : undefined;
  const number = field === "size" ? bytesFrom(text) : numberFrom(text);
  return number === null || !Number.isFinite(number) ? undefined : String(number);
}
