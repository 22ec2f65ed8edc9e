import { useInfiniteQuery } from "@tanstack/react-query";
import { Columns3 } from "lucide-react";
import { useMemo } from "react";
import { searchQueries } from "@/api/search";
import type { SearchResults } from "@/api/models";
import { t } from "@/language/en/features/search";
import { RequestError } from "@/lib/errors";
import { itemsOf, useMore } from "@/lib/pages";
import { useQueryParams } from "@/lib/params";
import { metadataOrders } from "@/lib/sorting";
import { wordsOf } from "@/lib/words";
import { useServices } from "@/s3/context";
import { Head, Page, Panel } from "@/ui/Layout";
import { ListStates, MoreButton } from "@/ui/ListStates";
import { Ago } from "@/ui/Measures";
import { metadataOptions } from "@/ui/metadataOptions";
import { PickerPopover } from "@/ui/PickerPopover";
import { SortChoice } from "@/ui/SortChoice";
import { Notice } from "@/ui/States";
import { Switch } from "@/ui/Switch";
import { chosenFields, questionOf, readAddress, type SearchAddress, writeAddress } from "./address";
import { Choices } from "./Choices";
import { Examples } from "./Examples";
import { Facets } from "./Facets";
import { HitList } from "./HitList";
import { HitTable } from "./HitTable";
import { NothingFound } from "./NothingFound";
import { QueryError } from "./QueryError";
import { QueryHelp } from "./QueryHelp";
import styles from "./SearchPage.module.css";
import { useFacets } from "./useFacets";

const views = () =>
  [
    ["list", t.list],
    ["table", t.table],
  ] as const;

const makeOrders = () =>
  [
    ["-modified", t.newestFirst2],
    ["modified", t.oldestFirst],
    ["name", t.name],
    ["-size", t.largestFirst],
    ["size", t.smallestFirst],
    ["-entries", t.mostFilesFirst],
  ] as const;

export function SearchPage() {
  const [params, setParams] = useQueryParams();
  const address = useMemo(() => readAddress(params), [params]);
  const change = (to: SearchAddress) => setParams(writeAddress(to));
  const results = useInfiniteQuery(searchQueries.hits(useServices(), questionOf(address), address.sort));
  const facets = useFacets(address);
  const more = useMore(results);
  const words = useMemo(() => wordsOf(address.q), [address.q]);
  const items = itemsOf(results.data);
  const first = results.data?.pages[0];
  const { q, columns, view } = address;
  const isAll = q === "" && chosenFields(address).length === 0;
  const look = { items, words, columns, pinned: address.revisions === "all" };
  const unread = unreadable(results.error);
  return (
    <Page title={q ? t.searchQ(q) : t.search}>
      <Head
        title={q ? <>{t.resultsQ(q)}</> : isAll ? t.everythingNewestFirst : t.results}
        about={<Totals results={first} />}
      >
        <QueryHelp />
      </Head>
      {isAll && <Examples address={address} facets={facets} />}
      {first?.complete === false && <CatchingUp asOf={first.as_of} />}
      <div className={styles.layout}>
        <Facets address={address} facets={facets} change={change} />
        <div className={styles.results} data-old={results.isPlaceholderData || undefined}>
          <Choices address={address} change={change} />
          <Panel
            label={t.results}
            tools={
              <>
                <SortChoice
                  orders={[
                    ["", q ? t.relevance : t.default],
                    ...makeOrders(),
                    ...metadataOrders(columns, facets.fields),
                  ]}
                  value={address.sort}
                  onChange={sort => change({ ...address, sort })}
                />
                <PickerPopover
                  label={t.columns}
                  icon={<Columns3 size={14} />}
                  title={t.metadataShow}
                  options={metadataOptions(facets.fields)}
                  chosen={columns}
                  onChange={to => change({ ...address, columns: to })}
                  empty={t.noPackageMetadata}
                />
                <Switch
                  label={t.view}
                  options={views()}
                  value={view}
                  onChange={to => change({ ...address, view: to })}
                />
              </>
            }
          >
            {unread ? (
              <QueryError address={address} error={unread} />
            ) : (
              <ListStates
                query={results}
                loading={t.searching}
                lines={9}
                count={items.length}
                empty={<NothingFound address={address} suggestions={first?.suggestions ?? []} />}
              >
                {view === "list" ? (
                  <HitList {...look} chosen={chosenFields(address)} />
                ) : (
                  <HitTable
                    {...look}
                    fields={facets.fields}
                    sort={address.sort}
                    onSort={sort => change({ ...address, sort })}
                    more={more}
                  />
                )}
              </ListStates>
            )}
          </Panel>
          {view === "list" && results.hasNextPage && (
            <div>
              <MoreButton query={results} label={t.moreResults} />
            </div>
          )}
        </div>
      </div>
    </Page>
  );
}

/** The query's own fault, and no trouble of the search. */
const unreadable = (error: unknown): RequestError | null =>
  error instanceof RequestError && error.trouble === "refused" ? error : null;

function Totals({ results }: { results: SearchResults | undefined }) {
  return (
    <span role="status" className="num">
      {results && t.resultsTotal(results.total)}
      {results && results.total_packages > 0 && results.total_objects > 0 && (
        <>{t.packageFile(results.total_packages, results.total_objects)}</>
      )}
    </span>
  );
}

function CatchingUp({ asOf }: { asOf: string }) {
  return <Notice kind="warn">{t.searchIndexCatching(<Ago at={asOf} />)}</Notice>;
}
