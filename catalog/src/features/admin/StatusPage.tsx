import { useQuery } from "@tanstack/react-query";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { instance } from "@/api/instance";
import { useServices } from "@/s3/context";
import { Chip, Head, Page, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { LabelledRow } from "./LabelledRow";
import styles from "./StatusPage.module.css";

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
    </Page>
  );
}
