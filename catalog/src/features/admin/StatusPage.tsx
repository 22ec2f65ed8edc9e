import { useQuery } from "@tanstack/react-query";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { instance } from "@/api/instance";
import { useServices } from "@/s3/context";
import { Chip, Head, Page, Panel } from "@/ui/Layout";
import { Failure, Loading } from "@/ui/States";
import styles from "./Instance.module.css";

const SERVICES: Record<string, string> = {
  auth: "Signs people in, and says what they may do.",
  indexer: "Keeps the index of packages and files up to date.",
  registry: "Answers clients and this catalog.",
  s3proxy: "Brings files from S3 to browsers.",
};

/** How each service is, looked at again and again. */
export function StatusPage() {
  const health = useQuery(instance.health(useServices()));
  const checks = Object.entries(health.data?.checks ?? {}).sort(([a], [b]) => a.localeCompare(b));
  return (
    <Page title="Status" narrow>
      <Head title="Status" about="Whether each service, and all that it depends on, answers just now." />
      {health.isPending ? (
        <Loading label="Asking the services" />
      ) : health.isError ? (
        <Failure error={health.error} retry={health.refetch} />
      ) : (
        <Panel
          title={health.data.status === "ok" ? "All services are ready" : "Not all services are ready"}
          label="Services"
        >
          <ul>
            {checks.map(([name, outcome]) => (
              <li key={name} className={styles.row}>
                <div>
                  <h3>{name}</h3>
                  {SERVICES[name] && <p>{SERVICES[name]}</p>}
                  {outcome !== "ok" && <p className={styles.bad}>{outcome}</p>}
                </div>
                {outcome === "ok" ? (
                  <span className={styles.good}>
                    <CircleCheck size={16} /> ready
                  </span>
                ) : (
                  <Chip kind="danger">
                    <TriangleAlert size={12} /> not ready
                  </Chip>
                )}
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </Page>
  );
}
