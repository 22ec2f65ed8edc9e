import { Link } from "react-router";
import { t } from "@/language/en/features/search";
import { fieldName, typedValue } from "@/lib/clauses";
import { METADATA } from "@/lib/pointers";
import { type SearchAddress, searchPath } from "./address";
import styles from "./Examples.module.css";
import type { Facets } from "./useFacets";

const MAX_EXAMPLES = 5;
const EXAMPLE_DAYS = 30;

/** Queries that find something here: made from what there is. */
function examplesOf({ found, shown }: Facets): string[] {
  const examples: string[] = [];
  for (const field of shown)
    for (const { type, values, max } of found.get(field) ?? []) {
      const first = values[0]?.value;
      if (type === "number" && typeof max === "number")
        examples.push(`${fieldName(field)}:<=${Number(max.toPrecision(3))}`);
      else if (type === "keyword" && first !== undefined && String(first).length < 30)
        examples.push(`${fieldName(field)}:${typedValue(String(first))}`);
    }
  const has = shown.find(field => field.startsWith(METADATA));
  const extension = found.get("ext")?.[0]?.values[0]?.value;
  const days = new Date(Date.now() - EXAMPLE_DAYS * 86_400_000).toISOString().slice(0, 10);
  return [
    ...examples.slice(0, MAX_EXAMPLES - 2),
    ...(has ? [`has:${fieldName(has)}`] : []),
    ...(typeof extension === "string" && extension ? [`*${extension}`] : []),
    `modified:>=${days}`,
  ].slice(0, MAX_EXAMPLES);
}

export function Examples({ address, facets }: { address: SearchAddress; facets: Facets }) {
  if (facets.isPending) return null;
  return (
    <p className={styles.examples}>
      {t.example}{" "}
      {examplesOf(facets).map(example => (
        <Link key={example} to={searchPath({ ...address, q: example })}>
          <code>{example}</code>
        </Link>
      ))}
    </p>
  );
}
