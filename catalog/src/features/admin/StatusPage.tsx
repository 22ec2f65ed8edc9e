import { useQuery } from "@tanstack/react-query";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { instance } from "@/api/instance";
import { count, counted } from "@/lib/format";
import { useServices } from "@/s3/context";
import { Chip, Head, Page, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { Size } from "@/ui/Measures";
import { CanaryRuns } from "./CanaryRuns";
import { LabelledRow } from "./LabelledRow";
import styles from "./StatusPage.module.css";

const SERVICES: Record<string, string> = {
  auth: "Signs people in, and says what they may do.",
  indexer: "Keeps the index of packages and files up to date.",
  registry: "Answers clients and this catalog.",
  s3proxy: "Brings files from S3 to browsers.",
};

const STATES: Record<string, string> = {
  starting: "Looks for an index to go on with.",
  loading: "Does not have everything yet. Searches find what there is.",
  following: "Has had all changes.",
  waiting: "Waits for the database or the store.",
  ended: "Has been stopped.",
};

/** The search index of the replica that answers: how far behind it is, how large, and at which change. */
function SearchIndex() {
  const index = useQuery(instance.searchIndex(useServices()));
  return (
    <Loaded query={index} label="Asking for the search index">
      {found => (
        <Panel title="Search index" label="Search index" padded={found.backend === "postgres"}>
          {found.backend === "postgres" ? (
            <p>Searches are answered from Postgres, as the settings say.</p>
          ) : (
            <ul>
              <LabelledRow
                name="State"
                about={found.state ? STATES[found.state] : "Nothing has kept an index here yet."}
                problem={found.problem}
              >
                {found.is_running ? (
                  <span className={styles.good}>
                    <CircleCheck size={16} /> {found.state}
                  </span>
                ) : (
                  <Chip kind="danger">
                    <TriangleAlert size={12} /> not running
                  </Chip>
                )}
              </LabelledRow>
              <LabelledRow name="Behind" about="Time by which searches are behind what was pushed.">
                <span className="num">
                  {found.lag_seconds === null ? "unknown" : `${found.lag_seconds.toFixed(1)} s`}
                </span>
              </LabelledRow>
              <LabelledRow name="Position" about="The change that the index has reached, of the newest one.">
                <span className="num">
                  {count(found.position)} of {count(found.head)}
                </span>
              </LabelledRow>
              <LabelledRow name="Size" about={counted(found.documents, "document")}>
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
    <Page title="Status" narrow>
      <Head title="Status" about="Whether each service, and everything that it depends on, is ready." />
      <Loaded query={health} label="Asking the services">
        {data => (
          <Panel
            title={data.status === "ok" ? "All services are ready" : "Not all services are ready"}
            label="Services"
          >
            <ul>
              {checks.map(([name, outcome]) => (
                <LabelledRow
                  key={name}
                  name={name}
                  about={SERVICES[name]}
                  problem={outcome === "ok" ? null : outcome}
                >
                  {outcome === "ok" ? (
                    <span className={styles.good}>
                      <CircleCheck size={16} /> ready
                    </span>
                  ) : (
                    <Chip kind="danger">
                      <TriangleAlert size={12} /> not ready
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
