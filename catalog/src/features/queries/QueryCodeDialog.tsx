import { useState } from "react";
import { Link } from "react-router";
import type { ParameterValue } from "@/api/sqlQueries";
import { t } from "@/language/en/features/queries";
import { QUERY_SNIPPETS, TOKEN } from "@/lib/queryCode";
import { useServices } from "@/s3/context";
import { CodeBlock } from "@/ui/Copy";
import { Choice } from "@/ui/Field";
import { Modal, ModalActions } from "@/ui/Modal";
import styles from "./QueryCodeDialog.module.css";

/** Code that runs the same statement elsewhere. */
export function QueryCodeDialog({
  sql,
  parameters,
  onClose,
}: {
  sql: string;
  parameters: Record<string, ParameterValue>;
  onClose: () => void;
}) {
  const { config } = useServices();
  const [tool, setTool] = useState(QUERY_SNIPPETS[0]?.id ?? "");
  const snippet = QUERY_SNIPPETS.find(({ id }) => id === tool);
  const registry = new URL(config.registryUrl, location.href).href.replace(/\/$/, "");
  return (
    <Modal open wide onClose={onClose} title={t.copyCode} about={t.runQueryOwn}>
      <div className={styles.content}>
        <Choice
          label={t.tool}
          options={QUERY_SNIPPETS.map(({ id, tool: name }) => [id, name] as const)}
          value={tool}
          onChange={setTool}
        />
        {snippet && (
          <>
            <p className="muted">
              {t.needsEnvironmentVariable(
                <code>{snippet.about}</code>,
                <Link to="/account/keys">{t.apiKey}</Link>,
                <code>{TOKEN}</code>,
              )}
            </p>
            <CodeBlock label={snippet.tool} code={snippet.code({ registry, sql, parameters })} />
          </>
        )}
      </div>
      <ModalActions cancel={t.close} />
    </Modal>
  );
}
