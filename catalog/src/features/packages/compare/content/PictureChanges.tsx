/** Two pictures: side by side, one over the other up to a line, or in turns. */
import { Pause, Play } from "lucide-react";
import { type CSSProperties, useEffect, useState } from "react";
import { t } from "@/language/en/features/packages/compare";
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
const ways = () =>
  [
    ["beside", t.sideSide],
    ["swipe", t.swipe],
    ["blink", t.blink],
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
        <Switch label={t.compare2} options={ways()} value={way} onChange={setWay} />
      </ContentBar>
      <Loaded query={links} label={t.loadingPictures}>
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
  return old === now ? t.pixelsNow(now) : t.pixelsOldNow(old, now);
}

interface Addresses {
  before: string;
  after: string;
}

function Beside({ before, after }: Addresses) {
  return (
    <div className={styles.beside}>
      <figure>
        <figcaption>{t.before}</figcaption>
        <img src={before} alt={t.before} />
      </figure>
      <figure>
        <figcaption>{t.after}</figcaption>
        <img src={after} alt={t.after} />
      </figure>
    </div>
  );
}

function Swipe({ before, after }: Addresses) {
  const [share, setShare] = useState(50);
  return (
    <>
      <label className={styles.slider}>
        <span>{t.before}</span>
        <input
          type="range"
          min={0}
          max={100}
          value={share}
          aria-label={t.sharePictureBefore}
          onChange={event => setShare(Number(event.target.value))}
        />
        <span>{t.after}</span>
      </label>
      <div className={styles.stack} style={{ "--share": `${share}%` } as CSSProperties}>
        <img src={after} alt={t.after} />
        <img className={styles.cut} src={before} alt={t.before} />
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
          {isRunning ? t.stop : t.takeTurns}
        </Button>
        <Button
          small
          onClick={() => {
            setIsRunning(false);
            setIsBefore(!isBefore);
          }}
        >
          {t.showOther}
        </Button>
        <strong>{isBefore ? t.before : t.after}</strong>
      </div>
      <div className={styles.stack}>
        <img src={after} alt={t.after} aria-hidden={isBefore} />
        <img src={before} alt={t.before} aria-hidden={!isBefore} data-hidden={!isBefore || undefined} />
      </div>
    </>
  );
}
