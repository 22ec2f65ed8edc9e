/** How something grew: its size and its pushes over time, as drawings and as a table. */
import type { BucketGrowth, PackageInsight } from "@/api/models";
import { t } from "@/language/en/features/insight";
import { bytes, count } from "@/lib/format";
import { Panel } from "@/ui/Layout";
import { Size } from "@/ui/Measures";
import { periodText, pushesTitle } from "./periods";
import { PlainTable } from "./PlainTable";
import { SeriesChart } from "./SeriesChart";
import styles from "./GrowthPanels.module.css";

type Growth = Pick<BucketGrowth | PackageInsight, "period" | "points">;

export function GrowthPanels({ growth }: { growth: Growth }) {
  const { period, points } = growth;
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return null;
  const named = points.map(point => ({ ...point, time: periodText(period, point.start) }));
  const from = periodText(period, first.start);
  const to = periodText(period, last.start);
  const pushes = points.reduce((sum, point) => sum + point.pushes, 0);
  const most = named.reduce((best, point) => (point.pushes > best.pushes ? point : best));
  const changed = named.filter((point, at) => point.pushes > 0 || at === 0);
  return (
    <>
      <Panel title={t.size} padded>
        <SeriesChart
          form="line"
          label={t.sizeBetween(from, to, bytes(first.total_bytes), bytes(last.total_bytes))}
          points={named.map(({ time, total_bytes: value }) => ({ time, value }))}
          written={bytes}
        />
      </Panel>
      <Panel title={pushesTitle(period)} padded>
        <SeriesChart
          form="bars"
          label={t.pushesBetween(pushes, from, to, count(most.pushes), most.time)}
          points={named.map(({ time, pushes: value }) => ({ time, value }))}
          written={t.countedPushes}
        />
        <details className={styles.details}>
          <summary>{t.asATable}</summary>
          <PlainTable
            label={t.growth}
            heads={[t.time, t.pushes, t.sizeAtItsEnd, t.filesAtItsEnd]}
            rows={changed
              .toReversed()
              .map(point => [
                point.start,
                point.time,
                count(point.pushes),
                <Size key="size" of={point.total_bytes} />,
                count(point.total_entries),
              ])}
          />
        </details>
      </Panel>
    </>
  );
}
