/** The patch motif: the wordmark, and the quilt on the sign-in page. Blocks of packages are drawn by `PackageBlock`. */
import { useBrand } from "./brand";
import styles from "./Patch.module.css";

export function Mark({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" className={styles.mark}>
      <rect width="16" height="16" rx="3.5" className={styles.c1} />
      <path d="M8 2v6H2z" className={styles.c2} />
      <path d="M8 2h6v6z" className={styles.paper} />
      <path d="M2 8h6v6z" className={styles.paper} />
      <path d="M14 8l-6 6V8z" className={styles.c3} />
    </svg>
  );
}

export function Wordmark() {
  const { name, logo } = useBrand();
  return (
    <span className={styles.wordmark}>
      {logo === null ? <Mark /> : <img className={styles.logo} src={logo} alt="" />}
      <span>{name}</span>
    </span>
  );
}

/** FNV-1a: the same patch for the same name, everywhere. */
function seed(name: string): number {
  let hash = 0x811c9dc5;
  for (const char of name) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return hash >>> 0;
}

/** Half-square triangles of a unit square, by turn. */
const TRIANGLES = ["M0 0h1v1z", "M1 0v1H0z", "M1 1H0V0z", "M0 1V0h1z"] as const;
const COLUMNS = 7;
const ROWS = 12;
const COLOURS = ["c1", "c6", "c1", "c2", "c6", "c5", "c3", "c6", "c4"] as const;

export function Quilt() {
  const squares = Array.from({ length: COLUMNS * ROWS }, (_, index) => {
    const hash = seed(`patch ${index}`);
    return {
      index,
      x: index % COLUMNS,
      y: Math.floor(index / COLUMNS),
      ink: COLOURS[hash % COLOURS.length] ?? "c1",
      paper: COLOURS[(hash >>> 5) % COLOURS.length] ?? "c6",
      turn: TRIANGLES[(hash >>> 11) % 4],
    };
  });
  return (
    <svg
      viewBox={`0 0 ${COLUMNS} ${ROWS}`}
      preserveAspectRatio="xMidYMid slice"
      aria-hidden="true"
      className={styles.quilt}
    >
      {squares.map(({ index, x, y, ink, paper, turn }) => (
        <g key={index} transform={`translate(${x} ${y})`}>
          <rect width="1.01" height="1.01" className={styles[paper]} />
          {ink !== paper && <path d={turn} className={styles[ink]} />}
        </g>
      ))}
      {squares.map(({ index, x, y }) => (
        <rect key={index} x={x + 0.06} y={y + 0.06} width="0.88" height="0.88" className={styles.stitch} />
      ))}
    </svg>
  );
}
