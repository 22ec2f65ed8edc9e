/** The message, metadata and workflow of a push, and whether the workflow would accept it. */
import { CircleCheck } from "lucide-react";
import { useMemo } from "react";
import { t } from "@/language/en/features/packages/push";
import { errorMessage } from "@/lib/errors";
import { Area, Choice } from "@/ui/Field";
import { ErrorNotice, Notice } from "@/ui/States";
import { errorsByField } from "../metadata/fields";
import { MetadataEditor } from "../metadata/MetadataEditor";
import type { EntriesToFill } from "../metadata/useFilling";
import { useSchema } from "../metadata/useSchema";
import styles from "./PushFields.module.css";
import type { PushCheck } from "./usePushCheck";
import type { Words } from "./words";

export function PushFields({
  words,
  onChange,
  check: { workflows, config, metadataError, verdict },
  entries,
}: {
  words: Words;
  onChange: (words: Partial<Words>) => void;
  check: PushCheck;
  /** Where rows of a spreadsheet that are about files go. */
  entries?: EntriesToFill | undefined;
}) {
  const chosen = config?.workflows.find(each => each.id === (words.workflow ?? config.default));
  const schema = useSchema(config, words.workflow, "metadata_schema");
  const violations = verdict?.data?.violations;
  const errors = useMemo(() => errorsByField(violations ?? [], "/metadata"), [violations]);
  return (
    <div className={styles.fields}>
      <Area
        label={chosen?.is_message_required ? t.messageRequired : t.message}
        name="message"
        rows={2}
        value={words.message}
        onChange={event => onChange({ message: event.target.value })}
        placeholder={t.newWhy}
      />
      <ErrorNotice error={workflows.error} />
      {config && (
        <Choice
          label={t.workflow}
          value={words.workflow ?? DEFAULT}
          onChange={value => onChange({ workflow: value === DEFAULT ? null : value })}
          options={[
            ...(config.default ? [[DEFAULT, t.defaultConfig(nameOf(config, config.default))] as const] : []),
            ...(config.default || config.required ? [] : [[DEFAULT, t.none] as const]),
            ...config.workflows
              .filter(each => each.id !== config.default)
              .map(each => [each.id, each.name] as const),
            ...(config.required || !config.default ? [] : [["", t.none] as const]),
            ...(config.required && !config.default ? [[DEFAULT, t.chooseOne] as const] : []),
          ]}
          help={chosen?.description}
        />
      )}
      <MetadataEditor
        canGrow
        label={t.packageMetadata}
        text={words.metadata}
        onChange={metadata => onChange({ metadata })}
        error={metadataError}
        schema={schema}
        errors={errors}
        entries={entries}
      />
      {verdict && <WorkflowVerdict verdict={verdict} />}
    </div>
  );
}

const DEFAULT = "(default)";

const nameOf = (config: { workflows: { id: string; name: string }[] }, id: string) =>
  config.workflows.find(each => each.id === id)?.name ?? id;

function WorkflowVerdict({ verdict }: { verdict: NonNullable<PushCheck["verdict"]> }) {
  if (verdict.isError) return <Notice kind="danger">{errorMessage(verdict.error)}</Notice>;
  if (verdict.isPending) return <p className={styles.verdict}>{t.checkingWorkflow}</p>;
  const { valid, violations, complete, workflow } = verdict.data;
  if (valid)
    return (
      <p className={styles.verdict} role="status">
        <CircleCheck size={15} className={styles.good} />
        {workflow ? t.workflowAcceptsPush(workflow) : t.noWorkflowApplies}
      </p>
    );
  return (
    <Notice kind="warn">
      <div role="status">
        <p>{workflow ? t.workflowWouldRefuse(workflow) : t.pushWouldRefused}</p>
        <ul className={styles.violations}>
          {violations.map((each, index) => (
            <li key={index}>
              <code>{each.path}</code> {each.message}
            </li>
          ))}
        </ul>
        {!complete && <p>{t.more}</p>}
      </div>
    </Notice>
  );
}
