import { Download } from "lucide-react";
import { Button, ButtonAnchor } from "@/ui/Button";
import { CopyButton } from "@/ui/Copy";
import { FormActions, Stack } from "@/ui/Form";
import { Notice } from "@/ui/States";
import styles from "./RecoveryCodes.module.css";

/** New recovery codes, which are shown this once. */
export function RecoveryCodes({ codes, done }: { codes: readonly string[]; done: () => void }) {
  const text = `Recovery codes of ${location.host}\n\n${codes.join("\n")}\n`;
  return (
    <Stack>
      <Notice kind="warn">
        Keep these recovery codes somewhere safe. Each signs you in once, should you lose your authenticator
        app. They are not shown again.
      </Notice>
      <ul className={styles.codes} aria-label="Recovery codes">
        {codes.map(code => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <FormActions>
        <CopyButton text={codes.join("\n")} label="Copy" />
        <ButtonAnchor
          icon={<Download size={15} />}
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(text)}`}
          download="recovery-codes.txt"
        >
          Download
        </ButtonAnchor>
        <Button kind="primary" onClick={done}>
          I have kept them
        </Button>
      </FormActions>
    </Stack>
  );
}
