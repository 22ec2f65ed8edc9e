import { useQuery } from "@tanstack/react-query";
import { FileCode, SlidersHorizontal, SquarePen, TriangleAlert, Workflow as Icon } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Workflow, Workflows } from "@/api/models";
import { pushQueries } from "@/api/pushes";
import { useBucket } from "@/api/queries";
import { t } from "@/language/en/features/workflows";
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
    <Page title={t.workflowsBucket(bucket)}>
      <Head title={t.workflows} about={t.rulesPackagesPushed}>
        {(workflows.data?.config ?? broken) && (
          <ButtonLink to={treePath(bucket, CONFIG)} icon={<FileCode size={15} />}>
            {t.configuration}
          </ButtonLink>
        )}
        <ButtonLink to={preferencesPath(bucket)} icon={<SlidersHorizontal size={15} />}>
          {t.preferences}
        </ButtonLink>
        {writes && (
          <ButtonLink kind="primary" to={`${workflowsPath(bucket)}/edit`} icon={<SquarePen size={15} />}>
            {t.edit}
          </ButtonLink>
        )}
      </Head>
      {broken ? (
        <Panel label={t.workflows}>
          <Broken problem={broken} />
        </Panel>
      ) : (
        <Loaded query={workflows} label={t.loadingWorkflows} framed>
          {data =>
            data.config ? (
              <Rules workflows={data} />
            ) : (
              <Panel label={t.workflows}>
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
          <Panel title={t.pushes} padded>
            <Facts
              facts={[
                [t.workflow, workflows.required ? t.required : t.optional],
                [t.default, workflows.default ? <code key="default">{workflows.default}</code> : t.none],
              ]}
            />
          </Panel>
          {schemas.length > 0 && (
            <Panel title={t.schemas}>
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
            <Panel title={t.promoted}>
              <ul>
                {successors.map(({ bucket, title, copy_data }) => (
                  <li key={bucket} className={styles.item}>
                    <Link to={bucketPath(bucket)}>{title}</Link>
                    <span className={styles.sub}>
                      <code>{bucket}</code> · {copy_data ? t.objectsCopied : t.objectsStayWhere}
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
          {problems.length === 1 ? t.somethingConfigurationDoes : t.thingsConfigurationDo(problems.length)}
          <ul className={styles.problems}>
            {problems.map(problem => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        </Notice>
      )}
      <Panel label={t.workflows}>
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
    workflow.is_message_required && [t.message, t.required],
    handle_pattern && [t.name, <code key="name">{handle_pattern}</code>],
    metadata_schema && [t.metadata, t.schemaMetadataSchema(metadata_schema)],
    entries_schema && [t.entries, t.schemaEntriesSchema(entries_schema)],
  ];
  return (
    <li className={styles.workflow}>
      <div className={styles.head}>
        <h2>{name}</h2>
        <code>{id}</code>
        {isDefault && <Chip kind="accent">{t.default2}</Chip>}
      </div>
      {description && <p className={styles.description}>{description}</p>}
      {rules.some(Boolean) ? <Facts facts={rules} /> : <p className="muted">{t.noRules}</p>}
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
      <Empty title={t.configurationCannotUsed2} icon={<TriangleAlert size={22} />}>
        <p>{problem}</p>
        <p>{t.untilRepairedNothing}</p>
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
    <Empty title={t.noWorkflowsYet} icon={<Icon size={22} />}>
      <p>{t.anyPackageMay(writes ? t.changePressEdit : t.peopleMayWrite, <code>{CONFIG}</code>)}</p>
      <ExampleCode label={CONFIG} code={code} />
    </Empty>
  );
}
