import { useQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useEffect, useState } from "react";
import { queries } from "@/api/queries";
import { t } from "@/language/en/features/signin";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { CopyButton } from "@/ui/Copy";
import { Head, Page, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import styles from "./CodePage.module.css";

/** One-time codes are good for this long. */
const LIFETIME_SECONDS = 10 * 60;

export function CodePage() {
  const services = useServices();
  const code = useQuery(queries.code(services));
  // While another is made, the one before is no longer offered.
  const made = code.isRefetching ? { ...code, data: undefined, isError: false } : code;
  const left = useLeft(code.dataUpdatedAt);
  const over = left <= 0;
  return (
    <Page title={t.codeCommandLine} narrow>
      <Head title={t.codeCommandLine} about={<>{t.pasteWhereAsks(<code>quilt3 login</code>)}</>} />
      <Panel>
        <Loaded query={made} label={t.makingCode} lines={2}>
          {({ code: text }) => (
            <div className={styles.card}>
              <KeyRound size={20} className={styles.icon} />
              <output className={styles.code} data-over={over || undefined} aria-label={t.code}>
                {text}
              </output>
              <p className="muted num" role="timer">
                {over ? t.codeExpired : t.validLeft(minutes(left))}
              </p>
              <div className={styles.actions}>
                {!over && <CopyButton text={text} label={t.copyCode} />}
                <Button kind={over ? "primary" : "quiet"} onClick={() => void code.refetch()}>
                  {t.makeAnother}
                </Button>
              </div>
            </div>
          )}
        </Loaded>
      </Panel>
      <p className="muted">{t.anybodyCodeCan}</p>
    </Page>
  );
}

function minutes(seconds: number): string {
  return t.minutesSecondsSeconds2(Math.floor(seconds / 60), String(seconds % 60).padStart(2, "0"));
}

function useLeft(since: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, LIFETIME_SECONDS - Math.max(0, Math.floor((now - since) / 1000)));
}
