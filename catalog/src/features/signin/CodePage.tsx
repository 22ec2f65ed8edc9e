import { useQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useEffect, useState } from "react";
import { queries } from "@/api/queries";
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
    <Page title="Code for the command line" narrow>
      <Head
        title="Code for the command line"
        about={
          <>
            Paste it where <code>quilt3 login</code> asks for it. It works once.
          </>
        }
      />
      <Panel>
        <Loaded query={made} label="Making a code" lines={2}>
          {({ code: text }) => (
            <div className={styles.card}>
              <KeyRound size={20} className={styles.icon} />
              <output className={styles.code} data-over={over || undefined} aria-label="Code">
                {text}
              </output>
              <p className="muted num" role="timer">
                {over ? "This code has expired." : `Valid for ${minutes(left)}.`}
              </p>
              <div className={styles.actions}>
                {!over && <CopyButton text={text} label="Copy the code" />}
                <Button kind={over ? "primary" : "quiet"} onClick={() => void code.refetch()}>
                  Make another
                </Button>
              </div>
            </div>
          )}
        </Loaded>
      </Panel>
      <p className="muted">Anybody who has this code can act as you. Do not share it.</p>
    </Page>
  );
}

function minutes(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} minutes`;
}

function useLeft(since: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, LIFETIME_SECONDS - Math.max(0, Math.floor((now - since) / 1000)));
}
