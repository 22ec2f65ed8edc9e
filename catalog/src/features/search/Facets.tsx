import { SlidersHorizontal } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { Facet } from "@/api/models";
import { useBuckets } from "@/api/queries";
import { t } from "@/language/en/features/search";
import { count } from "@/lib/format";
import { itemsOf } from "@/lib/pages";
import { METADATA } from "@/lib/pointers";
import { Button } from "@/ui/Button";
import { Check } from "@/ui/Field";
import { metadataOptions } from "@/ui/metadataOptions";
import { PickerPopover } from "@/ui/PickerPopover";
import { chosenFields, FACETS, type SearchAddress, valuesIn, withBounds, withValues } from "./address";
import styles from "./Facets.module.css";
import { fieldLabel, valueLabel } from "./fields";
import { RangeFacet } from "./RangeFacet";
import type { Facets as FoundFacets } from "./useFacets";
import { ValueFacet } from "./ValueFacet";

/** Different numbers in metadata that are ticked, since they may be levels or classes. */
const MAX_TICKED_NUMBERS = 6;

/** What narrows the search: values to tick and bounds to enter, with the number of hits of each. */
export function Facets({
  address,
  facets,
  change,
}: {
  address: SearchAddress;
  facets: FoundFacets;
  change: (to: SearchAddress) => void;
}) {
  const [open, setOpen] = useState(false);
  const chosen = chosenFields(address);
  const [first, rest] = [FACETS.slice(0, 2), FACETS.slice(2)];
  return (
    <section aria-label={t.filters} className={styles.facets}>
      <div className={styles.toggle}>
        <Button
          icon={<SlidersHorizontal size={15} />}
          aria-expanded={open}
          onClick={() => setOpen(now => !now)}
        >
          {t.filtersChosen(chosen.length > 0 && ` (${count(chosen.length)})`)}
        </Button>
      </div>
      <div className={styles.groups} data-open={open || undefined}>
        {[...first, ...facets.shown, ...rest].map(field => (
          <FieldFacet key={field} field={field} address={address} facets={facets} change={change} />
        ))}
        <div className={styles.more}>
          <PickerPopover
            label={t.metadataFilters}
            title={t.filterMetadata}
            options={metadataOptions(facets.fields)}
            chosen={facets.shown}
            onChange={shown => change({ ...address, facets: shown })}
            empty={t.noPackageMetadata}
          />
          <Check
            label={t.earlierRevisionsToo}
            checked={address.revisions === "all"}
            onChange={all => change({ ...address, revisions: all ? "all" : null })}
          />
        </div>
      </div>
    </section>
  );
}

function FieldFacet({
  field,
  address,
  facets,
  change,
}: {
  field: string;
  address: SearchAddress;
  facets: FoundFacets;
  change: (to: SearchAddress) => void;
}) {
  const buckets = itemsOf(useBuckets().data);
  const found = (facets.found.get(field) ?? []).filter((facet, _, all) => !isSameAsDate(facet, all));
  const values = valuesIn(address, field);
  const bounds = Object.hasOwn(address.bounds, field) ? address.bounds[field] : undefined;
  const range = found.find(facet => isRange(facet) && (bounds !== undefined || !isTicked(facet)));
  const ticked = found.filter(facet => facet !== range && facet.type !== "text");
  const options = ticked.flatMap(facet => facet.values);
  const tells = options.length > (field === "kind" ? 0 : 1) || values.length > 0;
  const parts: ReactNode[] = [
    tells && (
      <ValueFacet
        key="values"
        field={field}
        options={sortedOptions(field, options)}
        distinct={ticked.reduce((sum, facet) => sum + facet.distinct, 0)}
        isComplete={ticked.every(facet => facet.complete)}
        chosen={values}
        label={value =>
          field === "bucket"
            ? (buckets.find(bucket => bucket.name === value)?.title ?? value)
            : valueLabel(field, value)
        }
        onChange={to => change(withValues(address, field, to))}
      />
    ),
    (range !== undefined || bounds !== undefined) && (range?.min !== range?.max || bounds !== undefined) && (
      <RangeFacet
        key="range"
        field={field}
        facet={range}
        bounds={bounds ?? { from: null, to: null }}
        onChange={to => change(withBounds(address, field, to))}
      />
    ),
  ];
  if (!parts.some(Boolean)) return null;
  return (
    <fieldset className={styles.group}>
      <legend data-code={field.startsWith(METADATA) || undefined}>{fieldLabel(field)}</legend>
      {parts}
    </fieldset>
  );
}

/** The most frequent value first; kinds keep their places. */
function sortedOptions(field: string, options: Facet["values"]) {
  const all = options.map(option => ({ value: String(option.value), count: option.count }));
  return field === "kind" ? all.toSorted((a, b) => (a.value < b.value ? 1 : -1)) : all;
}

const isRange = ({ type }: Facet) => type === "number" || type === "datetime";

const isTicked = ({ field, type, distinct, values }: Facet) =>
  type === "number" &&
  field.startsWith(METADATA) &&
  distinct <= MAX_TICKED_NUMBERS &&
  values.length === distinct;

/** Dates are keywords, too, but bounds say more of them than each day's number. */
function isSameAsDate(facet: Facet, all: readonly Facet[]): boolean {
  const dates = all.find(({ type }) => type === "datetime");
  return facet.type === "keyword" && dates !== undefined && dates.distinct >= facet.distinct;
}
