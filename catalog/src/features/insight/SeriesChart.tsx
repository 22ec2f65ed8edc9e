/** A series over time as a small drawing. What it says stands beside it, and in a table that can be opened. */
import { areaBelow, type Box, seriesBars, stepLine } from "@/lib/growth";
import styles from "./SeriesChart.module.css";

export interface SeriesPoint {
  /** For instance "week of 2 Nov 2026". */
  time: string;
  value: number;
}

const BOX: Box = { width: 600, height: 120 };

export function SeriesChart({
  form,
  label,
  points,
  written,
}: {
  form: "line" | "bars";
  /** What the drawing shows, for who does not see it. */
  label: string;
  points: readonly SeriesPoint[];
  written: (value: number) => string;
}) {
  const values = points.map(({ value }) => value);
  const first = points[0]?.time;
  const last = points.at(-1)?.time;
  const line = form === "line" ? stepLine(values, BOX) : "";
  return (
    <figure className={styles.figure}>
      <div className={styles.top} aria-hidden="true">
        {written(Math.max(...values, 0))}
      </div>
      <svg
        className={styles.drawing}
        viewBox={`0 0 ${BOX.width} ${BOX.height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
      >
        {form === "line" ? (
          <>
            <path d={areaBelow(line, BOX)} className={styles.area} />
            <path d={line} className={styles.line} />
          </>
        ) : (
          seriesBars(values, BOX).map(
            (bar, at) =>
              bar.height > 0 && (
                <rect key={points[at]?.time} {...bar} className={styles.bar}>
                  <title>{`${points[at]?.time ?? ""}: ${written(values[at] ?? 0)}`}</title>
                </rect>
              ),
          )
        )}
      </svg>
      <figcaption className={styles.times} aria-hidden="true">
        <span>{first}</span>
        {last !== first && <span>{last}</span>}
      </figcaption>
    </figure>
  );
}
