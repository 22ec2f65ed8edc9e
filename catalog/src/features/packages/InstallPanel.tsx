import { useState } from "react";
import { Link } from "react-router";
import { useInstance } from "@/api/useInstance";
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
      title="Get it"
      padded
      tools={
        <Switch
          label="Language"
          options={[
            ["shell", "Shell"],
            ["python", "Python"],
          ]}
          value={language}
          onChange={setLanguage}
        />
      }
    >
      <div className={styles.get}>
        {language === "shell" ? (
          <CodeBlock label="Install to this folder" code={installCommand(wanted, s3Endpoint)} />
        ) : (
          <CodeBlock label="Fetch to this folder" code={browseCode(wanted, s3Endpoint)} />
        )}
        <p className="muted">
          First time on this machine? <Link to="/install">Set it up</Link>
        </p>
      </div>
    </Panel>
  );
}
