import { useEffect, useRef, useState } from "react";
import { t } from "@/language/en/preview/charts";
import { errorMessage } from "@/lib/errors";
import { Loading, Notice } from "@/ui/States";
import { useDark } from "@/ui/useDark";
import { useHeight } from "../height";
import type { Near } from "./content";
import type { ChartForm } from "./detect";
import { LIBRARIES } from "./libraries";
import styles from "./ChartFrame.module.css";

type Reply =
  | { ready: true }
  | { drawn: true; height: number }
  | { mistake: string }
  | { load: number; path: string };

const FRAME = "/chart-frame.html";
/** Charts of Vega have a size of their own. */
const MAX_OWN_HEIGHT = 2_400;
const MIN_OWN_HEIGHT = 120;

interface ChartProps {
  form: ChartForm;
  content: unknown;
  near: Near;
  label: string;
}

export function ChartFrame(props: ChartProps) {
  const dark = useDark();
  // Another look is another drawing.
  return <Drawing key={String(dark)} {...props} dark={dark} />;
}

function Drawing({ form, content, near, label, dark }: ChartProps & { dark: boolean }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [drawn, setDrawn] = useState<number | null>(null);
  const [mistake, setMistake] = useState<string | null>(null);
  useEffect(() => {
    const answer = (message: object) => frame.current?.contentWindow?.postMessage(message, "*");
    const load = async (id: number, path: string) => {
      try {
        answer({ loaded: id, text: await near(path) });
      } catch (error) {
        answer({ loaded: id, mistake: errorMessage(error) });
        setMistake(t.dataCouldNot(path, errorMessage(error)));
      }
    };
    const onMessage = ({ source, data }: MessageEvent<Reply>) => {
      if (!frame.current || source !== frame.current.contentWindow) return;
      if ("ready" in data) {
        const libraries = LIBRARIES[form].map(url => new URL(url, location.href).href);
        answer({ kind: form === "map" ? "vega" : form, libraries, content, dark });
      } else if ("drawn" in data) setDrawn(data.height);
      else if ("load" in data) void load(data.load, data.path);
      else setMistake(t.cannotDrawn(data.mistake));
    };
    addEventListener("message", onMessage);
    return () => removeEventListener("message", onMessage);
  }, [form, content, near, dark]);
  const own =
    form === "vega" && drawn !== null ? Math.min(MAX_OWN_HEIGHT, Math.max(MIN_OWN_HEIGHT, drawn)) : 460;
  const height = useHeight(`${own}px`);
  return (
    <figure className={styles.chart} aria-busy={drawn === null && mistake === null}>
      {mistake && (
        <div className={styles.notice}>
          <Notice kind="warn">{mistake}</Notice>
        </div>
      )}
      {drawn === null && mistake === null && (
        <div className={styles.loading}>
          <Loading rows={6} label={t.drawing} />
        </div>
      )}
      <iframe
        ref={frame}
        title={label}
        src={FRAME}
        sandbox="allow-scripts"
        className={styles.frame}
        style={{ height }}
      />
    </figure>
  );
}
