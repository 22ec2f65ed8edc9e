import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { BookOpen } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { queries, useBucket, useMe } from "@/api/queries";
import { searchQueries } from "@/api/search";
import { FirstPushHelp } from "@/features/packages/FirstPushHelp";
import { PackageCard } from "@/features/packages/label/PackageCard";
import { t } from "@/language/en/features/buckets";
import { kindsText } from "@/lib/block";
import { RequestError } from "@/lib/errors";
import { count } from "@/lib/format";
import { itemsOf } from "@/lib/pages";
import { useBucketName } from "@/lib/params";
import { bucketPath, packagesPath } from "@/lib/paths";
import { bucketPlace } from "@/preview/place";
import { Preview } from "@/preview/Preview";
import { useServices } from "@/s3/context";
import { objectQueries } from "@/s3/queries";
import { Chip, Columns, Facts, Page, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { Ago, Size } from "@/ui/Measures";
import { Empty, Notice } from "@/ui/States";
import { EditBucket, UnregisterBucket } from "./BucketActions";
import { CompletenessPanel } from "./CompletenessPanel";
import styles from "./BucketOverviewPage.module.css";

export function BucketOverviewPage() {
  const name = useBucketName();
  const { data: bucket } = useBucket(name);
  const { data: me } = useMe();
  const navigate = useNavigate();
  const problems = useInfiniteQuery(queries.problems(useServices(), name));
  const wrong = itemsOf(problems.data).length;
  const { data: all } = useQuery(queries.bucketTotals(useServices()));
  const totals = all?.items.find(each => each.bucket === name);
  return (
    <Page title={bucket?.title ?? name}>
      <h1 className="hidden">{t.overviewTitle(bucket?.title ?? name)}</h1>
      <Columns
        aside={
          <>
            <Panel
              title={t.about}
              padded
              tools={
                me?.is_staff &&
                bucket && (
                  <>
                    <EditBucket bucket={bucket} small />
                    <UnregisterBucket bucket={bucket} small done={() => void navigate("/buckets")} />
                  </>
                )
              }
            >
              <div className={styles.about}>
                {bucket?.description && <p>{bucket.description}</p>}
                {bucket && bucket.tags.length > 0 && (
                  <p className={styles.tags}>
                    {bucket.tags.map(tag => (
                      <Chip key={tag}>{tag}</Chip>
                    ))}
                  </p>
                )}
                <Facts
                  facts={[
                    [t.bucket, <code key="b">{name}</code>],
                    totals && [
                      t.packages,
                      <span key="p" className="num">
                        {count(totals.packages)}
                      </span>,
                    ],
                    totals && [t.size, <Size key="s" of={totals.total_bytes} />],
                    totals && [t.holds, kindsText(totals.kinds)],
                    bucket && [t.access, access(bucket.level)],
                    bucket && [t.added, <Ago key="at" at={bucket.created_at} />],
                    bucket?.created_by && [t.added2, bucket.created_by],
                  ]}
                />
              </div>
            </Panel>
            {bucket?.level && <CompletenessPanel bucket={name} />}
          </>
        }
      >
        {wrong > 0 && (
          <Notice kind="danger">
            {t.packagesCannotShown(
              problems.hasNextPage ? t.moreThanRevisions(count(wrong)) : t.revisionsWrong(wrong),
              <Link to={`${bucketPath(name)}/problems`}>{t.seeWrong}</Link>,
            )}
          </Notice>
        )}
        <Latest bucket={name} />
        {bucket?.level && <Readme bucket={name} />}
      </Columns>
    </Page>
  );
}

function access(level: string | null): string {
  if (level === "READ_WRITE") return t.readWrite;
  return level === "READ" ? t.read : t.packagesShared;
}

function Latest({ bucket }: { bucket: string }) {
  const latest = useQuery(searchQueries.newestPackages(useServices(), bucket, 6));
  return (
    <section aria-labelledby="latest">
      <div className={styles.head}>
        <h2 id="latest">{t.latestPackages}</h2>
        <Link to={packagesPath(bucket)}>{t.allPackages}</Link>
      </div>
      <Loaded query={latest} label={t.loadingPackages} lines={4} framed>
        {data =>
          data.items.length === 0 ? (
            <Panel>
              <FirstPushHelp bucket={bucket} />
            </Panel>
          ) : (
            <ul className={styles.latest}>
              {data.items.map(
                item =>
                  item.kind === "package" && <PackageCard key={item.name} item={item} withBucket={false} />,
              )}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}

const README = "README.md";

function Readme({ bucket }: { bucket: string }) {
  const head = useQuery(objectQueries.head(useServices(), bucket, README));
  const [bar, setBar] = useState<HTMLElement | null>(null);
  const missing = head.error instanceof RequestError && head.error.trouble === "missing";
  return (
    <Panel title={README} toolsRef={setBar}>
      {missing ? (
        <Empty title={t.noReadmeYet} icon={<BookOpen size={22} />}>
          {t.topBucketShown(<code>README.md</code>)}
        </Empty>
      ) : (
        <Loaded query={head} label={t.loadingReadme}>
          {({ size }) => (
            <Preview
              bar={bar}
              source={{ bucket, key: README }}
              target={{ bucket, key: README }}
              name={README}
              size={size}
              place={bucketPlace(bucket, README)}
            />
          )}
        </Loaded>
      )}
    </Panel>
  );
}
