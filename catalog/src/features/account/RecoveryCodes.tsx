import { Download } from "lucide-react";
import { t } from "@/language/en/features/account";
import { Button, ButtonAnchor } from "@/ui/Button";
import { CopyButton } from "@/ui/Copy";
import { FormActions, Stack } from "@/ui/Form";
import { Notice } from "@/ui/States";
import styles from "./RecoveryCodes.module.css";

/** New recovery codes, which are shown this once. */
export function RecoveryCodes({ codes, done }: { codes: readonly string[]; done: () => void }) {
  const text = t.recoveryCodes(location.host, codes.join("\n"));
  return (
    <Stack>
      <Notice kind="warn">{t.keepRecoveryCodes}</Notice>
      <ul className={styles.codes} aria-label={t.recoveryCodes2}>
        {codes.map(code => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <FormActions>
        <CopyButton text={codes.join("\n")} label={t.copy} />
        <ButtonAnchor
          icon={<Download size={15} />}
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(text)}`}
          download="recovery-codes.txt"
        >
          {t.download}
        </ButtonAnchor>
        <Button kind="primary" onClick={done}>
          {t.iKept}
        </Button>
      </FormActions>
    </Stack>
  );
}
