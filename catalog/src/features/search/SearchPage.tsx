import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Package, SearchX, X } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { Link, useSearchParams } from "react-router";
import type { FoundItem } from "@/api/models";
import { queries, useBuckets } from "@/api/queries";
import { count, counted } from "@/lib/format";
import { itemsOf } from "@/lib/pages";
import { nameOf, packagePath, parentOf, treePath } from "@/lib/paths";
import { marked, wordsOf } from "@/lib/words";
import { useServices } from "@/s3/context";
import { FileIcon } from "@/ui/FileIcon";
import { Head, Page, Panel } from "@/ui/Layout";
import { ListStates, MoreButton } from "@/ui/ListPanel";
import { Ago, Size } from "@/ui/Measures";
import { Empty } from "@/ui/States";
import styles from "./SearchPage.module.css";

const KINDS = [
  [null, "Everything"],
  ["package", "Packages"],
  ["object", "Files"],
] as const;

/** The API counts each kind no further. */
const MAX_COUNTED = 10_000;

export function SearchPage() {
  const [params] = useSearchParams();
  const q = params.get("q") ?? "";
  const kind = params.get("kind");
  const scope = params.get("buckets");
  const buckets = scope ? scope.split(",").filter(Boolean) : [];
  const results = useInfiniteQuery({
    ...queries.search(useServices(), q, buckets, kind),
    placeholderData: keepPreviousData,
  });
  const words = useMemo(() => wordsOf(q), [q]);
  const items = itemsOf(results.data);
  const total = results.data?.pages[0]?.total;
  return (
    <Page title={q ? `${q} · Search` : "Search"}>
      <Head
        title={q ? <>Results for “{q}”</> : "Everything, newest first"}
        about={
          total !== undefined &&
          (total >= MAX_COUNTED ? `More than ${count(MAX_COUNTED)} results` : counted(total, "result"))
        }
      />
      <div className={styles.layout}>
        <Facets params={params} kind={kind} buckets={buckets} />
        <div className={styles.results} data-old={results.isPlaceholderData || undefined}>
          <Panel label="Results">
            <ListStates
              query={results}
              loading="Searching"
              lines={9}
              count={items.length}
              empty={<NothingFound q={q} narrowed={kind !== null || buckets.length > 0} />}
            >
              <ol>
                {items.map(item => (
                  <Result key={keyOf(item)} item={item} words={words} />
                ))}
              </ol>
            </ListStates>
          </Panel>
          {results.hasNextPage && (
            <div>
              <MoreButton query={results} label="More results" />
            </div>
          )}
        </div>
      </div>
    </Page>
  );
}

function NothingFound({ q, narrowed }: { q: string; narrowed: boolean }) {
  return (
    <Empty title="Nothing found" icon={<SearchX size={22} />}>
      <p>
        All words are wanted{q && <>: “{q}”</>}. Try fewer words, the beginning of one as in <code>win*</code>
        , or a part of a name as in <code>*.csv</code>.
      </p>
      {narrowed && (
        <p>
          <Link to={`/search?${new URLSearchParams({ q }).toString()}`}>Search everywhere</Link>
        </p>
      )}
    </Empty>
  );
}

function keyOf(item: FoundItem): string {
  return item.kind === "package" ? `p ${item.bucket} ${item.name}` : `o ${item.bucket} ${item.key}`;
}

function Facets({
  params,
  kind,
  buckets,
}: {
  params: URLSearchParams;
  kind: string | null;
  buckets: readonly string[];
}) {
  const all = itemsOf(useBuckets().data);
  const to = (changes: Record<string, string | null>) => {
    const next = new URLSearchParams(params);
    for (const [name, value] of Object.entries(changes))
      if (value === null) next.delete(name);
      else next.set(name, value);
    return `/search?${next.toString()}`;
  };
  const toggled = (name: string) => {
    const chosen = buckets.includes(name) ? buckets.filter(each => each !== name) : [...buckets, name];
    return to({ buckets: chosen.join(",") || null });
  };
  return (
    <nav aria-label="Narrow the search" className={styles.facets}>
      <div>
        <h2>Kind</h2>
        <ul>
          {KINDS.map(([value, label]) => (
            <li key={label}>
              <Link to={to({ kind: value })} aria-current={kind === value ? "true" : undefined}>
                {label}
              </Link>
            </li>
          ))}
        </ul>
      </div>
      {all.length > 0 && (
        <div>
          <h2>Buckets</h2>
          <ul>
            {all.map(bucket => (
              <li key={bucket.name}>
                <Link
                  to={toggled(bucket.name)}
                  aria-current={buckets.includes(bucket.name) ? "true" : undefined}
                  title={`s3://${bucket.name}`}
                >
                  <span className="cut">{bucket.title}</span>
                  {buckets.includes(bucket.name) && <X size={13} aria-label="(chosen; remove)" />}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      )}
    </nav>
  );
}

function Marked({ text, words }: { text: string; words: readonly string[] }): ReactNode {
  return marked(text, words).map((part, index) =>
    part.hit ? <mark key={index}>{part.text}</mark> : <span key={index}>{part.text}</span>,
  );
}

function Result({ item, words }: { item: FoundItem; words: readonly string[] }) {
  const isPackage = item.kind === "package";
  const [above, name] = isPackage ? ["", item.name] : [parentOf(item.key), nameOf(item.key)];
  const to = isPackage ? packagePath(item.bucket, item.name) : treePath(item.bucket, item.key);
  return (
    <li className={styles.result}>
      <span className={styles.icon}>{isPackage ? <Package size={17} /> : <FileIcon name={item.key} />}</span>
      <div className={styles.text}>
        <p className={styles.name}>
          <Link to={to}>
            {above && <span className={styles.above}>{above}</span>}
            <Marked text={name} words={words} />
          </Link>
        </p>
        {isPackage && item.message && (
          <p className={styles.message}>
            <Marked text={item.message} words={words} />
          </p>
        )}
        {item.snippet && (
          <p className={styles.snippet}>
            <Marked text={item.snippet} words={words} />
          </p>
        )}
        <p className={styles.facts}>
          <span>{isPackage ? "Package" : "File"}</span>
          <span>{item.bucket}</span>
          {isPackage && <span className="num">{counted(item.total_entries, "file")}</span>}
          <Size of={isPackage ? item.total_bytes : item.size} />
          <Ago at={item.modified} />
        </p>
      </div>
    </li>
  );
}
