import { useState } from "react";
import { Link } from "react-router";
import type { ParameterValue } from "@/api/sqlQueries";
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
    <Modal open wide onClose={onClose} title="Copy as code" about="To run this query from your own programs.">
      <div className={styles.content}>
        <Choice
          label="Tool"
          options={QUERY_SNIPPETS.map(({ id, tool: name }) => [id, name] as const)}
          value={tool}
          onChange={setTool}
        />
        {snippet && (
          <>
            <p className="muted">
              Needs <code>{snippet.about}</code>, and an <Link to="/account/keys">API key</Link> in the
              environment variable <code>{TOKEN}</code>.
            </p>
            <CodeBlock label={snippet.tool} code={snippet.code({ registry, sql, parameters })} />
          </>
        )}
      </div>
      <ModalActions cancel="Close" />
    </Modal>
  );
}
