import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { t } from "@/language/en/ui/parts";
import { Button, IconButton } from "./Button";
import styles from "./Copy.module.css";

/** Also where there is no clipboard API: pages that plain HTTP serves from another host. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "hidden";
    document.body.append(area);
    area.select();
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way left there
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

const SHOWN_MILLISECONDS = 2_000;

/** `run` copies the text, or another that it is given. */
export function useCopy(text = ""): { copied: boolean; failed: boolean; run: (other?: string) => void } {
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
  const run = (other = text) => {
    void copy(other).then(done => {
      setState(done ? "copied" : "failed");
      setTimeout(() => setState("idle"), SHOWN_MILLISECONDS);
    });
  };
  return { copied: state === "copied", failed: state === "failed", run };
}

export function CopyButton({ text, label, small }: { text: string; label?: string; small?: boolean }) {
  const { copied, failed, run } = useCopy(text);
  const status = copied ? t.copied : failed ? t.couldNotCopy : "";
  return (
    <>
      {label ? (
        <Button
          small={small ?? false}
          onClick={() => run()}
          icon={copied ? <Check size={15} /> : <Copy size={15} />}
        >
          {status || label}
        </Button>
      ) : (
        <IconButton onClick={() => run()} label={t.copy} className={styles.icon}>
          {copied ? <Check size={14} /> : <Copy size={14} />}
        </IconButton>
      )}
      <span role="status" className="hidden">
        {status}
      </span>
    </>
  );
}

export function CodeBlock({ code, label }: { code: string; label: string }) {
  return (
    <figure className={styles.block}>
      <figcaption>
        <span>{label}</span>
        <CopyButton text={code} />
      </figcaption>
      {/* Scrolls sideways, so it must take the keyboard's focus. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} aria-label={label}>
        <code>{code}</code>
      </pre>
    </figure>
  );
}
