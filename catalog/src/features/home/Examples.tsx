import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import type { SearchableField } from "@/api/models";
import { searchQueries } from "@/api/search";
import { t } from "@/language/en/features/home";
import { chipPath } from "@/lib/labels";
import { METADATA, pointerLabel } from "@/lib/pointers";
import { useServices } from "@/s3/context";
import styles from "./Examples.module.css";

const MAX_FIELDS = 4;
const MAX_CHARACTERS = 30;
const STALE_MILLISECONDS = 600_000;

/** Fields that many packages have, and whose values are short texts. */
function wantedFields(fields: readonly SearchableField[]): string[] {
  return fields
    .filter(({ type }) => type === "keyword")
    .toSorted((a, b) => b.packages - a.packages)
    .slice(0, MAX_FIELDS)
    .map(({ field }) => field);
}

/** Searches that find several packages here: the most frequent value of what most packages have in their metadata. */
export function Examples() {
  const services = useServices();
  const fields = useQuery({
    ...searchQueries.metadataFields(services, {}),
    staleTime: STALE_MILLISECONDS,
  });
  const wanted = wantedFields(fields.data?.items ?? []);
  const facets = useQuery({
    ...searchQueries.facets(services, { kind: "package" }, wanted),
    enabled: wanted.length > 0,
    staleTime: STALE_MILLISECONDS,
  });
  const examples = (facets.data?.facets ?? []).flatMap(({ field, values }) => {
    const value = values.find(each => each.count > 1 && String(each.value).length <= MAX_CHARACTERS)?.value;
    return value === undefined || value === "" ? [] : [{ field, value: String(value) }];
  });
  if (examples.length === 0) return null;
  return (
    <p className={styles.examples}>
      {t.example}{" "}
      {examples.map(({ field, value }) => (
        <Link key={field} to={chipPath({ field, key: field, value })}>
          <span>{pointerLabel(field.slice(METADATA.length))}</span> {value}
        </Link>
      ))}
    </p>
  );
}
