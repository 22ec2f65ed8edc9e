import type { PackageInsight } from "@/api/models";
import { t } from "@/language/en/features/insight";
import { day } from "@/lib/format";
import { Panel } from "@/ui/Layout";
import { SeriesChart } from "./SeriesChart";
import styles from "./Uses.module.css";

type UseCounts = PackageInsight["uses"][number];

function words(kind: UseCounts["kind"]): { title: string; counted: (uses: number) => string } {
  switch (kind) {
    case "install":
      return { title: t.installs, counted: t.countedInstalls };
    case "preview":
      return { title: t.previews, counted: t.countedPreviews };
    case "archive":
      return { title: t.archives, counted: t.countedArchives };
    case "gateway_read":
      return { title: t.gatewayReads, counted: t.countedReads };
    case "s3_read":
      return { title: t.s3Reads, counted: t.countedReads };
  }
}

/** Installs, previews and downloads, where they are counted. `since`: the first day that logs of S3 tell of. */
export function Uses({ uses, since }: { uses: PackageInsight["uses"]; since: string | null }) {
  const hasInstalls = uses.some(({ kind }) => kind === "install");
  return (
    <Panel title={t.useByWeek} padded>
      <div className={styles.uses}>
        {uses.map(each => (
          <UseSeries key={each.kind} use={each} />
        ))}
        {!hasInstalls && (
          <section aria-label={t.installs}>
            <h3>
              {t.installs} <span className="muted">{t.notCounted}</span>
            </h3>
            <p className="muted">{t.clientsReadFromS3}</p>
          </section>
        )}
      </div>
      {since !== null && (
        <p className={styles.since}>{t.countedSince(day(new Date(`${since}T00:00:00Z`)))}</p>
      )}
    </Panel>
  );
}

function UseSeries({ use: { kind, total, weeks } }: { use: UseCounts }) {
  const { title, counted } = words(kind);
  return (
    <section aria-label={title}>
      <h3>
        {title} <span className="muted num">{t.inAll(counted(total))}</span>
      </h3>
      {total > 0 && (
        <SeriesChart
          form="bars"
          label={t.inThePastWeeks(counted(sumOf(weeks)), weeks.length)}
          points={weeks.map((value, at) => ({ time: weekText(weeks.length - 1 - at), value }))}
          written={counted}
        />
      )}
    </section>
  );
}

const sumOf = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0);

function weekText(weeksAgo: number): string {
  return weeksAgo === 0 ? t.thisWeek : t.weeksAgo(weeksAgo);
}
