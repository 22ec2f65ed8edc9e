/** Two pictures: side by side, one over the other up to a line, or in turns. */
import { Pause, Play } from "lucide-react";
import { type CSSProperties, useEffect, useState } from "react";
import { count } from "@/lib/format";
import type { ImageAnswer } from "@/preview/answers";
import type { ShownFile } from "@/preview/file";
import { usePictureLink } from "@/preview/pictures/usePictureLink";
import { Button } from "@/ui/Button";
import { together, Loaded } from "@/ui/Loaded";
import { Switch } from "@/ui/Switch";
import { useMedia } from "@/ui/useMedia";
import { ContentBar } from "./ContentBar";
import styles from "./PictureChanges.module.css";

const BLINK_MILLISECONDS = 900;

type Way = "beside" | "swipe" | "blink";
const WAYS = [
  ["beside", "Side by side"],
  ["swipe", "Swipe"],
  ["blink", "Blink"],
] as const satisfies readonly (readonly [Way, string])[];

export interface PictureSide {
  file: ShownFile;
  answer: ImageAnswer;
}

export function PictureChanges({ before, after }: { before: PictureSide; after: PictureSide }) {
  const [way, setWay] = useState<Way>("beside");
  const links = together(
    usePictureLink(before.file, before.answer),
    usePictureLink(after.file, after.answer),
  );
  return (
    <>
      <ContentBar>
        <p className="muted">{sizesOf(before.answer, after.answer)}</p>
        <Switch label="Compare by" options={WAYS} value={way} onChange={setWay} />
      </ContentBar>
      <Loaded query={links} label="Loading the pictures">
        {([old, now]) => (
          <>
            {way === "beside" && <Beside before={old} after={now} />}
            {way === "swipe" && <Swipe before={old} after={now} />}
            {way === "blink" && <Blink before={old} after={now} />}
          </>
        )}
      </Loaded>
    </>
  );
}

/** What the browser reads without the readers has no size here. */
function sizesOf(before: ImageAnswer, after: ImageAnswer): string {
  const [old, now] = [before, after].map(({ width, height }) =>
    width > 0 ? `${count(width)} × ${count(height)}` : "",
  );
  if (!old || !now) return "";
  return old === now ? `${now} pixels` : `${old} → ${now} pixels`;
}

interface Addresses {
  before: string;
  after: string;
}

function Beside({ before, after }: Addresses) {
  return (
    <div className={styles.beside}>
      <figure>
        <figcaption>Before</figcaption>
        <img src={before} alt="Before" />
      </figure>
      <figure>
        <figcaption>After</figcaption>
        <img src={after} alt="After" />
      </figure>
    </div>
  );
}

function Swipe({ before, after }: Addresses) {
  const [share, setShare] = useState(50);
  return (
    <>
      <label className={styles.slider}>
        <span>Before</span>
        <input
          type="range"
          min={0}
          max={100}
          value={share}
          aria-label="Share of the picture before"
          onChange={event => setShare(Number(event.target.value))}
        />
        <span>After</span>
      </label>
      <div className={styles.stack} style={{ "--share": `${share}%` } as CSSProperties}>
        <img src={after} alt="After" />
        <img className={styles.cut} src={before} alt="Before" />
        <span className={styles.edge} />
      </div>
    </>
  );
}

function Blink({ before, after }: Addresses) {
  const isCalm = useMedia("(prefers-reduced-motion: reduce)");
  const [isRunning, setIsRunning] = useState(!isCalm);
  const [isBefore, setIsBefore] = useState(true);
  useEffect(() => {
    if (!isRunning) return undefined;
    const timer = setInterval(() => setIsBefore(now => !now), BLINK_MILLISECONDS);
    return () => clearInterval(timer);
  }, [isRunning]);
  return (
    <>
      <div className={styles.slider}>
        <Button
          small
          icon={isRunning ? <Pause size={14} /> : <Play size={14} />}
          onClick={() => setIsRunning(!isRunning)}
        >
          {isRunning ? "Stop" : "Take turns"}
        </Button>
        <Button
          small
          onClick={() => {
            setIsRunning(false);
            setIsBefore(!isBefore);
          }}
        >
          Show the other
        </Button>
        <strong>{isBefore ? "Before" : "After"}</strong>
      </div>
      <div className={styles.stack}>
        <img src={after} alt="After" aria-hidden={isBefore} />
        <img src={before} alt="Before" aria-hidden={!isBefore} data-hidden={!isBefore || undefined} />
      </div>
    </>
  );
}
