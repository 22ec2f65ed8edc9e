/** How numbers and times are written. */

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB", "EB"] as const;

export function bytes(count: number): string {
  let power = 0;
  let value = count;
  while (power < UNITS.length - 1 && Number(value.toPrecision(3)) >= 1000) {
    value /= 1000;
    power += 1;
  }
  const digits = power === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[power] ?? ""}`;
}

const SCALES = "kmgtpe";

/** The inverse, as people type it: `1.5 GB`, `10k`, `2 MiB`; null for what is no size. */
export function bytesFrom(text: string): number | null {
  const found = /^(\d+(?:\.\d+)?)\s*(?:([kmgtpe])(i?)b?|b|bytes?)?$/i.exec(text.trim().replaceAll(",", ""));
  if (!found) return null;
  const [, value = "", scale = "", binary] = found;
  const power = scale ? SCALES.indexOf(scale.toLowerCase()) + 1 : 0;
  return Math.round(Number(value) * (binary ? 1024 : 1000) ** power);
}

const WHOLE = new Intl.NumberFormat("en");

export function count(value: number): string {
  return WHOLE.format(value);
}

const DECIMAL = new Intl.NumberFormat("en", { maximumSignificantDigits: 5 });

/** A number of unknown meaning. */
export function decimal(value: number): string {
  return Number.isInteger(value) ? count(value) : DECIMAL.format(value);
}

export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** With its sign, also when it is no change. */
export function change(by: number, written: (size: number) => string): string {
  return `${by < 0 ? "−" : by > 0 ? "+" : "±"}${written(Math.abs(by))}`;
}

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["week", 7 * 86_400],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

export function ago(then: Date, now: Date = new Date()): string {
  const seconds = Math.round((then.getTime() - now.getTime()) / 1000);
  for (const [unit, length] of STEPS)
    if (Math.abs(seconds) >= length) return RELATIVE.format(Math.trunc(seconds / length), unit);
  return Math.abs(seconds) < 10 ? "just now" : RELATIVE.format(seconds, "second");
}

const ABSOLUTE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" });

export function absolute(when: Date): string {
  return ABSOLUTE.format(when);
}

const DAY = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });

/** The day in UTC. */
export function day(when: Date): string {
  return DAY.format(when);
}
