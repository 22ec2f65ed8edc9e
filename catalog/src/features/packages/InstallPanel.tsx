import { useState } from "react";
import { Link } from "react-router";
import { useInstance } from "@/api/useInstance";
import { t } from "@/language/en/features/packages";
import { browseCode, installCommand, type Wanted } from "@/lib/install";
import { useBucketPreferences } from "@/s3/preferences";
import { CodeBlock } from "@/ui/Copy";
import { Panel } from "@/ui/Layout";
import { Switch } from "@/ui/Switch";
import styles from "./InstallPanel.module.css";

/** How to get what is shown here onto one's own machine. */
export function InstallPanel({ wanted }: { wanted: Wanted }) {
  const { s3Endpoint } = useInstance();
  const { blocks } = useBucketPreferences(wanted.bucket);
  const [language, setLanguage] = useState<"shell" | "python">("shell");
  if (!blocks.code) return null;
  return (
    <Panel
      title={t.get}
      padded
      tools={
        <Switch
          label={t.language}
          options={[
            ["shell", t.shell],
            ["python", t.python],
          ]}
          value={language}
          onChange={setLanguage}
        />
      }
    >
      <div className={styles.get}>
        {language === "shell" ? (
          <CodeBlock label={t.installFolder} code={installCommand(wanted, s3Endpoint)} />
        ) : (
          <CodeBlock label={t.fetchFolder} code={browseCode(wanted, s3Endpoint)} />
        )}
        <p className="muted">{t.firstTimeMachine(<Link to="/install">{t.setUp}</Link>)}</p>
      </div>
    </Panel>
  );
}
