import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useBookmarks } from "@/api/bookmarks";
import type { FoundItem } from "@/api/models";
import { queries, useBuckets, useMe } from "@/api/queries";
import { searchQueries } from "@/api/search";
import { PackageCard } from "@/features/packages/label/PackageCard";
import { SearchForm } from "@/features/search/SearchForm";
import { t } from "@/language/en/features/home";
import { isAnyOf } from "@/lib/clauses";
import { itemsOf } from "@/lib/pages";
import { useServices } from "@/s3/context";
import { Page } from "@/ui/Layout";
import { ListStates, MoreButton } from "@/ui/ListStates";
import { Empty } from "@/ui/States";
import { BucketRail } from "./BucketRail";
import { Examples } from "./Examples";
import { FirstSteps } from "./FirstSteps";
import styles from "./HomePage.module.css";

const BATCH_RECENT = 12;
const MAX_OWN = 4;
const MAX_BOOKMARKED = 6;

/** What there is: bookmarked packages, one's own, then everybody's, the newest first. */
export function HomePage() {
  const services = useServices();
  const me = useMe();
  const buckets = useBuckets();
  const totals = useQuery(queries.bucketTotals(services));
  const recent = useInfiniteQuery(
    searchQueries.hits(services, { kind: "package" }, "-modified", BATCH_RECENT),
  );
  const name = me.data?.current_user ?? "";
  const own = useQuery({
    ...searchQueries.newest(services, { kind: "package", filter: [isAnyOf("author", [name])] }, MAX_OWN),
    enabled: name !== "",
  });
  const bookmarked = useBookmarked(itemsOf(buckets.data).map(bucket => bucket.name));
  const found = packagesIn(itemsOf(recent.data));
  const mine = packagesIn(own.data?.items ?? []);
  const total = recent.data?.pages[0]?.total;
  const isComplete = recent.data?.pages[0]?.complete !== false;
  return (
    <Page title={t.home}>
      <div className={styles.search}>
        <h1>{t.findData}</h1>
        <SearchForm large asked="" scope={null} kept={new URLSearchParams()} />
        <Examples />
      </div>
      <div className={styles.layout}>
        <BucketRail buckets={buckets} totals={totals.data?.items} isStaff={me.data?.is_staff === true} />
        <div className={styles.packages}>
          {!buckets.isPending && total !== undefined && (
            <FirstSteps
              buckets={itemsOf(buckets.data)}
              packages={total}
              isComplete={isComplete}
              isStaff={me.data?.is_staff === true}
            />
          )}
          {bookmarked.length > 0 && (
            <section aria-labelledby="bookmarked">
              <h2 id="bookmarked">{t.bookmarked}</h2>
              <Cards items={bookmarked} />
            </section>
          )}
          {mine.length > 0 && (
            <section aria-labelledby="own">
              <h2 id="own">{t.yours}</h2>
              <Cards items={mine} />
            </section>
          )}
          {(total !== 0 || !isComplete) && (
            <section aria-labelledby="recent">
              <h2 id="recent">{t.recentlyUpdated}</h2>
              <ListStates
                query={recent}
                loading={t.loadingPackages}
                count={found.length}
                empty={<Empty title={t.indexBeingMade}>{t.packagesListedSoon}</Empty>}
              >
                <Cards items={found} />
              </ListStates>
              {recent.hasNextPage && (
                <div className={styles.more}>
                  <MoreButton query={recent} label={t.showMore} />
                </div>
              )}
            </section>
          )}
        </div>
      </div>
    </Page>
  );
}

/** The packages of the newest bookmarks, as they are now. */
function useBookmarked(buckets: readonly string[]): FoundPackage[] {
  const { all } = useBookmarks();
  const places = all.flatMap(each =>
    each.package !== null && buckets.includes(each.bucket)
      ? [{ bucket: each.bucket, name: each.package }]
      : [],
  );
  const kept = places
    .filter(
      (place, at) =>
        places.findIndex(each => each.bucket === place.bucket && each.name === place.name) === at,
    )
    .slice(0, MAX_BOOKMARKED);
  const question = {
    kind: "package",
    bucket: [...new Set(kept.map(({ bucket }) => bucket))],
    filter: [isAnyOf("name", [...new Set(kept.map(({ name }) => name))])],
  };
  const found = useQuery({
    ...searchQueries.newest(useServices(), question, MAX_BOOKMARKED * MAX_BOOKMARKED),
    enabled: kept.length > 0,
    placeholderData: keepPreviousData,
  });
  const packages = packagesIn(found.data?.items ?? []);
  return kept.flatMap(({ bucket, name }) =>
    packages.filter(each => each.bucket === bucket && each.name === name),
  );
}

type FoundPackage = Extract<FoundItem, { kind: "package" }>;

const packagesIn = (items: readonly FoundItem[]) =>
  items.filter((item): item is FoundPackage => item.kind === "package");

function Cards({ items }: { items: readonly FoundPackage[] }) {
  return (
    <ul className={styles.cards}>
      {items.map(item => (
        <PackageCard key={`${item.bucket} ${item.name}`} item={item} />
      ))}
    </ul>
  );
}
