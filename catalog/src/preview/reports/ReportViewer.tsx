/** A page of HTML with the files that it refers to, in a frame that reaches these files and nothing else. */
import { Maximize2, Minimize2, RotateCw } from "lucide-react";
import { useEffect, useState } from "react";
import { t } from "@/language/en/preview/reports";
import { encode, nameOf } from "@/lib/paths";
import { IconButton } from "@/ui/Button";
import { Loading, Notice } from "@/ui/States";
import type { Answer } from "../answers";
import { useFile } from "../file";
import { useHeight } from "../height";
import { Tools } from "../Tools";
import { foreignHosts } from "./hosts";
import { ReportSession } from "./ReportSession";
import styles from "./ReportViewer.module.css";

export default function ReportViewer({ answer }: { answer: Answer }) {
  const { source, name } = useFile();
  const height = useHeight("max(420px, 100dvh - 220px)");
  const [reloads, setReloads] = useState(0);
  const [loaded, setLoaded] = useState<string | null>(null);
  const [isLarge, setIsLarge] = useState(false);
  useEffect(() => {
    if (!isLarge) return undefined;
    const onKey = ({ key }: KeyboardEvent) => {
      if (key === "Escape") setIsLarge(false);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [isLarge]);
  if (!("package" in source)) return null;
  const hosts = answer.kind === "text" ? foreignHosts(answer.text) : [];
  return (
    <>
      <Tools>
        <IconButton label={t.loadReportAgain} onClick={() => setReloads(reloads + 1)}>
          <RotateCw size={15} />
        </IconButton>
        <IconButton label={t.fillWindowReport} onClick={() => setIsLarge(true)}>
          <Maximize2 size={15} />
        </IconButton>
      </Tools>
      {hosts.length > 0 && (
        <div className={styles.notice}>
          <Notice kind="warn">{t.reportLoadsParts(hosts.join(", "))}</Notice>
        </div>
      )}
      <ReportSession source={source}>
        {session => (
          <div className={styles.report} data-large={isLarge || undefined}>
            {isLarge && (
              <div className={styles.close}>
                <IconButton label={t.backPage} onClick={() => setIsLarge(false)}>
                  <Minimize2 size={16} />
                </IconButton>
              </div>
            )}
            {loaded !== `${session.id} ${reloads}` && (
              <div className={styles.loading}>
                <Loading rows={8} label={t.loadingReport} />
              </div>
            )}
            <iframe
              key={reloads}
              onLoad={() => setLoaded(`${session.id} ${reloads}`)}
              title={t.reportName(nameOf(name))}
              src={session.url + source.path.split("/").map(encode).join("/")}
              sandbox="allow-scripts allow-forms"
              referrerPolicy="no-referrer"
              className={styles.frame}
              style={{ height: isLarge ? "100%" : height }}
            />
          </div>
        )}
      </ReportSession>
    </>
  );
}
