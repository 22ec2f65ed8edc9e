import { useQuery } from "@tanstack/react-query";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { instance } from "@/api/instance";
import { t } from "@/language/en/features/admin";
import { count, fixed } from "@/lib/format";
import { useServices } from "@/s3/context";
import { Chip, Head, Page, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { Size } from "@/ui/Measures";
import { CanaryRuns } from "./CanaryRuns";
import { LabelledRow } from "./LabelledRow";
import styles from "./StatusPage.module.css";

const makeServices = (): Record<string, string> => ({
  auth: t.signsPeopleSays,
  indexer: t.keepsIndexPackages,
  registry: t.answersClientsCatalog,
  s3proxy: t.bringsFilesS3,
});

const words = (): Record<string, string> => ({
  starting: t.starting,
  loading: t.loading,
  following: t.following,
  waiting: t.waiting,
  ended: t.ended,
});

const states = (): Record<string, string> => ({
  starting: t.looksIndexGo,
  loading: t.doesNotEverything,
  following: t.allChanges,
  waiting: t.waitsDatabaseStore,
  ended: t.beenStopped,
});

/** The search index of the replica that answers: how far behind it is, how large, and at which change. */
function SearchIndex() {
  const index = useQuery(instance.searchIndex(useServices()));
  return (
    <Loaded query={index} label={t.askingSearchIndex}>
      {found => (
        <Panel title={t.searchIndex} label={t.searchIndex} padded={found.backend === "postgres"}>
          {found.backend === "postgres" ? (
            <p>{t.searchesAnsweredPostgres}</p>
          ) : (
            <ul>
              <LabelledRow
                name={t.state}
                about={found.state ? states()[found.state] : t.nothingKeptIndex}
                problem={found.problem}
              >
                {found.is_running ? (
                  <span className={styles.good}>
                    <CircleCheck size={16} /> {words()[found.state ?? ""] ?? found.state}
                  </span>
                ) : (
                  <Chip kind="danger">
                    <TriangleAlert size={12} /> {t.notRunning}
                  </Chip>
                )}
              </LabelledRow>
              <LabelledRow name={t.behind} about={t.timeSearchesBehind}>
                <span className="num">
                  {found.lag_seconds === null ? t.unknown : t.sLagSeconds(fixed(found.lag_seconds, 1))}
                </span>
              </LabelledRow>
              <LabelledRow name={t.position} about={t.changeIndexReached}>
                <span className="num">{t.ofPositionHead(count(found.position), count(found.head))}</span>
              </LabelledRow>
              <LabelledRow name={t.size} about={t.documentsDocuments(found.documents)}>
                <Size of={found.bytes_on_disk} />
              </LabelledRow>
            </ul>
          )}
        </Panel>
      )}
    </Loaded>
  );
}

/** How each service is, looked at again and again. */
export function StatusPage() {
  const health = useQuery(instance.health(useServices()));
  const checks = Object.entries(health.data?.checks ?? {}).sort(([a], [b]) => a.localeCompare(b));
  return (
    <Page title={t.status} narrow>
      <Head title={t.status} about={t.whetherEachService} />
      <Loaded query={health} label={t.askingServices}>
        {data => (
          <Panel title={data.status === "ok" ? t.allServicesReady : t.notAllServices} label={t.services}>
            <ul>
              {checks.map(([name, outcome]) => (
                <LabelledRow
                  key={name}
                  name={name}
                  about={makeServices()[name]}
                  problem={outcome === "ok" ? null : outcome}
                >
                  {outcome === "ok" ? (
                    <span className={styles.good}>
                      <CircleCheck size={16} /> {t.ready}
                    </span>
                  ) : (
                    <Chip kind="danger">
                      <TriangleAlert size={12} /> {t.notReady}
                    </Chip>
                  )}
                </LabelledRow>
              ))}
            </ul>
          </Panel>
        )}
      </Loaded>
      <SearchIndex />
      <CanaryRuns />
    </Page>
  );
}
