/** The message, metadata and workflow of a push, and whether the workflow would accept it. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { useEffect, useState } from "react";
import type { PushToCheck } from "@/api/models";
import { pushQueries } from "@/api/pushes";
import { errorMessage } from "@/lib/errors";
import { parseJson, writeJson } from "@/lib/json";
import { parseMeta } from "@/lib/metadata";
import { useServices } from "@/s3/context";
import { Area, Choice } from "@/ui/Field";
import { ErrorNotice, Notice } from "@/ui/States";
import { isPackageName } from "./PushForm";
import styles from "./PushFields.module.css";

export interface Words {
  message: string;
  /** JSON, as typed. */
  metadata: string;
  /** Null: the bucket's default; empty: expressly none. */
  workflow: string | null;
}

export const NO_WORDS: Words = { message: "", metadata: "", workflow: null };

const SETTLED_MILLISECONDS = 400;

function useSettled<Value>(value: Value): Value {
  const [settled, setSettled] = useState(value);
  const written = writeJson(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(parseJson(written) as Value), SETTLED_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [written]);
  return settled;
}

/** `entries`: only where all of them are known. */
export function PushFields({
  bucket,
  name,
  words,
  onChange,
  entries,
}: {
  bucket: string;
  name: string;
  words: Words;
  onChange: (words: Partial<Words>) => void;
  entries?: PushToCheck["entries"];
}) {
  const services = useServices();
  const workflows = useQuery(pushQueries.workflows(services, bucket));
  const parsed = parseMeta(words.metadata);
  const config = workflows.data?.config ? workflows.data : null;
  const chosen = config?.workflows.find(each => each.id === (words.workflow ?? config.default));
  return (
    <div className={styles.fields}>
      <Area
        label={chosen?.is_message_required ? "Message (required)" : "Message"}
        name="message"
        rows={2}
        value={words.message}
        onChange={event => onChange({ message: event.target.value })}
        placeholder="What is new, and why"
      />
      <ErrorNotice error={workflows.error} />
      {config && (
        <Choice
          label="Workflow"
          value={words.workflow ?? DEFAULT}
          onChange={value => onChange({ workflow: value === DEFAULT ? null : value })}
          options={[
            ...(config.default ? [[DEFAULT, `Default: ${nameOf(config, config.default)}`] as const] : []),
            ...(config.default || config.required ? [] : [[DEFAULT, "None"] as const]),
            ...config.workflows
              .filter(each => each.id !== config.default)
              .map(each => [each.id, each.name] as const),
            ...(config.required || !config.default ? [] : [["", "None"] as const]),
            ...(config.required && !config.default ? [[DEFAULT, "Choose one…"] as const] : []),
          ]}
          help={chosen?.description}
        />
      )}
      <Area
        label="Package metadata"
        name="metadata"
        code
        rows={Math.min(14, Math.max(3, words.metadata.split("\n").length))}
        value={words.metadata}
        onChange={event => onChange({ metadata: event.target.value })}
        error={parsed.error}
        help="A JSON object. Leave it empty for no metadata."
      />
      {config && isPackageName(name) && parsed.error === null && (
        <WorkflowVerdict
          bucket={bucket}
          push={{
            name,
            message: words.message || null,
            metadata: parsed.meta,
            ...(words.workflow === null ? {} : { workflow: words.workflow }),
            ...(entries ? { entries } : {}),
          }}
        />
      )}
    </div>
  );
}

const DEFAULT = "(default)";

const nameOf = (config: { workflows: { id: string; name: string }[] }, id: string) =>
  config.workflows.find(each => each.id === id)?.name ?? id;

/** Checks the push once it has not changed for a moment. */
function WorkflowVerdict({ bucket, push }: { bucket: string; push: PushToCheck }) {
  const verdict = useQuery({
    ...pushQueries.verdict(useServices(), bucket, useSettled(push)),
    placeholderData: keepPreviousData,
  });
  if (verdict.isError) return <Notice kind="danger">{errorMessage(verdict.error)}</Notice>;
  if (verdict.isPending) return <p className={styles.verdict}>Checking with the workflow…</p>;
  const { valid, violations, complete, workflow } = verdict.data;
  if (valid)
    return (
      <p className={styles.verdict} role="status">
        <CircleCheck size={15} className={styles.good} />
        {workflow ? `The workflow “${workflow}” accepts this push.` : "No workflow applies to this push."}
      </p>
    );
  return (
    <Notice kind="warn">
      <div role="status">
        <p>
          {workflow ? `The workflow “${workflow}” would refuse this push:` : "This push would be refused:"}
        </p>
        <ul className={styles.violations}>
          {violations.map((each, index) => (
            <li key={index}>
              <code>{each.path}</code> {each.message}
            </li>
          ))}
        </ul>
        {!complete && <p>… and more.</p>}
      </div>
    </Notice>
  );
}
