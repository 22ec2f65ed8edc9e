import { useQuery } from "@tanstack/react-query";
import { FileCode, SlidersHorizontal, SquarePen, TriangleAlert, Workflow as Icon } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Workflow, Workflows } from "@/api/models";
import { pushQueries } from "@/api/pushes";
import { useBucket } from "@/api/queries";
import { RequestError } from "@/lib/errors";
import { useBucketName } from "@/lib/params";
import { bucketPath, preferencesPath, treePath, workflowsPath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { parsePhysicalKey } from "@/s3/locations";
import { ButtonLink } from "@/ui/Button";
import { ExampleCode } from "@/ui/ExampleCode";
import { Chip, Columns, Facts, Head, Page, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { Empty, Notice } from "@/ui/States";
import styles from "./WorkflowsPage.module.css";

const CONFIG = ".quilt/workflows/config.yml";

/** What a bucket wants of packages pushed to it. */
export function WorkflowsPage() {
  const bucket = useBucketName();
  const workflows = useQuery(pushQueries.workflows(useServices(), bucket));
  const writes = useBucket(bucket).data?.level === "READ_WRITE";
  const { error } = workflows;
  const broken = error instanceof RequestError && error.code === "workflows_broken" ? error.message : null;
  return (
    <Page title={`Workflows of ${bucket}`}>
      <Head title="Workflows" about="Rules for the packages that are pushed to this bucket.">
        {(workflows.data?.config ?? broken) && (
          <ButtonLink to={treePath(bucket, CONFIG)} icon={<FileCode size={15} />}>
            Configuration
          </ButtonLink>
        )}
        <ButtonLink to={preferencesPath(bucket)} icon={<SlidersHorizontal size={15} />}>
          Preferences
        </ButtonLink>
        {writes && (
          <ButtonLink kind="primary" to={`${workflowsPath(bucket)}/edit`} icon={<SquarePen size={15} />}>
            Edit
          </ButtonLink>
        )}
      </Head>
      {broken ? (
        <Panel label="Workflows">
          <Broken problem={broken} />
        </Panel>
      ) : (
        <Loaded query={workflows} label="Loading workflows" framed>
          {data =>
            data.config ? (
              <Rules workflows={data} />
            ) : (
              <Panel label="Workflows">
                <None bucket={bucket} />
              </Panel>
            )
          }
        </Loaded>
      )}
    </Page>
  );
}

function Rules({ workflows }: { workflows: Workflows }) {
  const { schemas, successors, problems } = workflows;
  return (
    <Columns
      aside={
        <>
          <Panel title="Pushes" padded>
            <Facts
              facts={[
                ["Workflow", workflows.required ? "required" : "optional"],
                ["By default", workflows.default ? <code key="default">{workflows.default}</code> : "none"],
              ]}
            />
          </Panel>
          {schemas.length > 0 && (
            <Panel title="Schemas">
              <ul>
                {schemas.map(({ id, url }) => (
                  <li key={id} className={styles.item}>
                    <strong>{id}</strong>
                    <Stored url={url} />
                  </li>
                ))}
              </ul>
            </Panel>
          )}
          {successors.length > 0 && (
            <Panel title="Promoted to">
              <ul>
                {successors.map(({ bucket, title, copy_data }) => (
                  <li key={bucket} className={styles.item}>
                    <Link to={bucketPath(bucket)}>{title}</Link>
                    <span className={styles.sub}>
                      <code>{bucket}</code> ·{" "}
                      {copy_data ? "objects are copied" : "objects stay where they are"}
                    </span>
                  </li>
                ))}
              </ul>
            </Panel>
          )}
        </>
      }
    >
      {problems.length > 0 && (
        <Notice kind="danger">
          {problems.length === 1
            ? "Something in the configuration does not work. Pushes that need it are refused:"
            : `${problems.length} things in the configuration do not work. Pushes that need them are refused:`}
          <ul className={styles.problems}>
            {problems.map(problem => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        </Notice>
      )}
      <Panel label="Workflows">
        <ul>
          {workflows.workflows.map(workflow => (
            <One key={workflow.id} workflow={workflow} isDefault={workflow.id === workflows.default} />
          ))}
        </ul>
      </Panel>
    </Columns>
  );
}

function One({ workflow, isDefault }: { workflow: Workflow; isDefault: boolean }) {
  const { id, name, description, handle_pattern, metadata_schema, entries_schema } = workflow;
  const rules: (readonly [string, ReactNode] | false | "" | null)[] = [
    workflow.is_message_required && ["Message", "required"],
    handle_pattern && ["Name", <code key="name">{handle_pattern}</code>],
    metadata_schema && ["Metadata", `schema ${metadata_schema}`],
    entries_schema && ["Entries", `schema ${entries_schema}`],
  ];
  return (
    <li className={styles.workflow}>
      <div className={styles.head}>
        <h2>{name}</h2>
        <code>{id}</code>
        {isDefault && <Chip kind="accent">default</Chip>}
      </div>
      {description && <p className={styles.description}>{description}</p>}
      {rules.some(Boolean) ? <Facts facts={rules} /> : <p className="muted">It has no rules.</p>}
    </li>
  );
}

function Stored({ url }: { url: string }) {
  const at = parsePhysicalKey(url);
  if (!at) return <code className={styles.sub}>{url}</code>;
  return (
    <Link to={treePath(at.bucket, at.key)} className={styles.sub}>
      {url}
    </Link>
  );
}

function Broken({ problem }: { problem: string }) {
  return (
    <div role="alert">
      <Empty title="The configuration cannot be used" icon={<TriangleAlert size={22} />}>
        <p>{problem}</p>
        <p>Until it is repaired, nothing can be pushed here.</p>
      </Empty>
    </div>
  );
}

function None({ bucket }: { bucket: string }) {
  const writes = useBucket(bucket).data?.level === "READ_WRITE";
  const code = [
    'version: "1"',
    "is_workflow_required: false",
    "default_workflow: reviewed",
    "workflows:",
    "  reviewed:",
    "    name: Reviewed data",
    "    is_message_required: true",
    "    metadata_schema: harvest",
    "schemas:",
    "  harvest:",
    `    url: s3://${bucket}/schemas/harvest.json`,
  ].join("\n");
  return (
    <Empty title="No workflows yet" icon={<Icon size={22} />}>
      <p>
        Any package may be pushed here.{" "}
        {writes ? "To change that, press “Edit”, or upload" : "People who may write here can upload"} a file{" "}
        <code>{CONFIG}</code> such as this one, and the schemas that it names:
      </p>
      <ExampleCode label={CONFIG} code={code} />
    </Empty>
  );
}
