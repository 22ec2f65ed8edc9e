import { useQuery } from "@tanstack/react-query";
import { queries } from "@/api/queries";
import { PackageHeader } from "@/features/packages/label/PackageHeader";
import { PackageTabs } from "@/features/packages/PackageTabs";
import { t } from "@/language/en/features/insight";
import { count } from "@/lib/format";
import { usePackageName } from "@/lib/params";
import { useServices } from "@/s3/context";
import { Columns, Facts, Page, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { Size } from "@/ui/Measures";
import { Notice } from "@/ui/States";
import { GrowthPanels } from "./GrowthPanels";
import { KindsBar } from "./KindsBar";
import { Pushers } from "./Pushers";
import { Uses } from "./Uses";

/** What a package holds, how it grew, who pushed it, and how often it was used. */
export function PackageInsightPage() {
  const { bucket, name } = usePackageName();
  const services = useServices();
  const about = useQuery(queries.package(services, bucket, name));
  const insight = useQuery(queries.packageInsight(services, bucket, name));
  return (
    <Page title={t.insightOf(name)} dense>
      <PackageHeader bucket={bucket} name={name} about={about.data} />
      <PackageTabs bucket={bucket} name={name} reference="latest" path="" current="insight" />
      <Loaded query={insight} label={t.loadingTheInsight} framed>
        {found => (
          <Columns
            aside={
              <>
                <Panel title={t.latestRevision} padded>
                  <Facts
                    facts={[
                      [t.size, <Size key="size" of={found.total_bytes} />],
                      [t.files, count(found.total_entries)],
                      [t.pushes, count(found.pushes)],
                    ]}
                  />
                </Panel>
                <Panel title={t.kinds} padded>
                  <KindsBar kinds={found.kinds} />
                </Panel>
              </>
            }
          >
            {found.is_cut && <Notice>{t.oldestPushesAreLeftOut(count(found.pushes))}</Notice>}
            <GrowthPanels growth={found} />
            <Pushers pushers={found.pushers} />
            <Uses uses={found.uses} since={found.reads_counted_since} />
          </Columns>
        )}
      </Loaded>
    </Page>
  );
}
