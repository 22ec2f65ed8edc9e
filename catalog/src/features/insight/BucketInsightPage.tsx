import { useQuery } from "@tanstack/react-query";
import { ChartLine } from "lucide-react";
import { Link } from "react-router";
import type { BucketGrowth, BucketInsight } from "@/api/models";
import { queries, useBucket } from "@/api/queries";
import { t } from "@/language/en/features/insight";
import { count } from "@/lib/format";
import { useBucketName } from "@/lib/params";
import { packagePath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Columns, Facts, Page, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { Ago, Size } from "@/ui/Measures";
import { Empty, Loading } from "@/ui/States";
import { GrowthPanels } from "./GrowthPanels";
import { KindsBar } from "./KindsBar";
import { PlainTable } from "./PlainTable";
import { Pushers } from "./Pushers";
import { Uses } from "./Uses";

/** What the packages of a bucket hold, how they grew, and who pushed them. */
export function BucketInsightPage() {
  const bucket = useBucketName();
  const { data: about } = useBucket(bucket);
  const insight = useQuery(queries.bucketInsight(useServices(), bucket));
  return (
    <Page title={t.insightOf(about?.title ?? bucket)}>
      <h1 className="hidden">{t.insightOf(about?.title ?? bucket)}</h1>
      <Loaded query={insight} label={t.loadingTheInsight} framed>
        {found => {
          const { growth } = found;
          if (growth === null)
            return (
              <Panel>
                <Loading label={t.addingUpThePackages} />
              </Panel>
            );
          if (growth.packages === 0)
            return (
              <Panel>
                <Empty title={t.noPackagesYet} icon={<ChartLine size={22} />}>
                  {t.onceTheBucketHasPackages}
                </Empty>
              </Panel>
            );
          return <Growth growth={growth} insight={found} />;
        }}
      </Loaded>
    </Page>
  );
}

function Growth({ growth, insight }: { growth: BucketGrowth; insight: BucketInsight }) {
  const { bucket } = insight;
  return (
    <Columns
      aside={
        <>
          <Panel title={t.packages} padded>
            <Facts
              facts={[
                [t.packages, count(growth.packages)],
                [t.size, <Size key="size" of={growth.total_bytes} />],
                [t.files, count(growth.total_entries)],
                [t.pushes, count(growth.pushes)],
                [t.addedUp, <Ago key="at" at={growth.as_of} />],
              ]}
            />
          </Panel>
          <Panel title={t.kinds} padded>
            <KindsBar kinds={growth.kinds} />
          </Panel>
        </>
      }
    >
      <GrowthPanels growth={growth} />
      <Uses uses={insight.uses} since={insight.reads_counted_since} />
      <Pushers pushers={growth.pushers} />
      <Panel title={t.largestPackages}>
        <PlainTable
          label={t.largestPackages}
          heads={[t.package, t.size, t.revisions]}
          rows={growth.largest.map(({ name, total_bytes: size, pushes }) => [
            name,
            <Link key="name" to={packagePath(bucket, name)}>
              {name}
            </Link>,
            <Size key="size" of={size} />,
            count(pushes),
          ])}
        />
      </Panel>
    </Columns>
  );
}
