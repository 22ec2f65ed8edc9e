/** How numbers and times are written. */
import { t } from "@/language/en/lib";
import { perLanguage } from "@/language/language";

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB", "EB"] as const;

export function bytes(count: number): string {
  let power = 0;
  let value = count;
  while (power < UNITS.length - 1 && Number(value.toPrecision(3)) >= 1000) {
    value /= 1000;
    power += 1;
  }
  const digits = power === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${fixed(value, digits)} ${UNITS[power] ?? ""}`;
}

const FIXED = [0, 1, 2].map(digits =>
  perLanguage(
    locale =>
      new Intl.NumberFormat(locale, {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
        useGrouping: false,
      }),
  ),
);

/** With as many decimals as that, at most two. */
export const fixed = (value: number, digits: number) => FIXED[digits]?.().format(value) ?? String(value);

const SCALES = "kmgtpe";

/** Whether the page's language writes 1,5 for one and a half. */
const hasDecimalComma = perLanguage(locale => new Intl.NumberFormat(locale).format(1.5).includes(","));

/** A number as people type it, with a point before the decimals. Where these follow a comma, 1.000 is a thousand and 1.5 is not fifteen. */
function plain(text: string): string {
  if (!hasDecimalComma()) return text.replaceAll(",", "");
  if (text.includes(",")) return text.replaceAll(".", "").replace(",", ".");
  return text.replace(/^-?[1-9]\d{0,2}(?:\.\d{3})+(?!\d)/, grouped => grouped.replaceAll(".", ""));
}

export const numberFrom = (text: string) => Number(plain(text.trim()));

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const GROUPED_BY = {
  ".": /^[+-]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d*)?$/,
  ",": /^[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?$/,
} as const;
const MAYBE_GROUPED = /^[+-]?[1-9]\d{0,2}[.,]\d{3}(?:e|$)/i;

function finite(text: string): number | null {
  const value = NUMBER.test(text) ? Number(text) : NaN;
  return Number.isFinite(value) ? value : null;
}

/**
 * A number as people type it, where no other may be meant. Null: no number. "ambiguous": a sign that may stand between
 * thousands in the page's language, and before decimals in others.
 */
export function exactNumberFrom(text: string): number | "ambiguous" | null {
  const typed = text.trim();
  const marks = typed.replace(/[^.,]/g, "");
  const group = hasDecimalComma() ? "." : ",";
  if (marks.length === 1) {
    if (marks === group && MAYBE_GROUPED.test(typed)) return "ambiguous";
    return finite(typed.replace(",", "."));
  }
  if (marks !== "" && !GROUPED_BY[group].test(typed)) return null;
  return finite(typed.replaceAll(group, "").replace(",", "."));
}

/** The inverse, with all digits: a number as JavaScript writes it, so that it can be typed on. */
export const typedNumber = (text: string) => (hasDecimalComma() ? text.replace(".", ",") : text);

/** The inverse, as people type it: `1.5 GB`, `10k`, `2 MiB`; null for what is no size. */
export function bytesFrom(text: string): number | null {
  const found = /^(\d+(?:\.\d+)?)\s*(?:([kmgtpe])(i?)b?|b|bytes?)?$/i.exec(plain(text.trim()));
  if (!found) return null;
  const [, value = "", scale = "", binary] = found;
  const power = scale ? SCALES.indexOf(scale.toLowerCase()) + 1 : 0;
  return Math.round(Number(value) * (binary ? 1024 : 1000) ** power);
}

const whole = perLanguage(locale => new Intl.NumberFormat(locale));

export function count(value: number): string {
  return whole().format(value);
}

const significant = perLanguage(locale => new Intl.NumberFormat(locale, { maximumSignificantDigits: 5 }));

/** A number of unknown meaning. */
export function decimal(value: number): string {
  return Number.isInteger(value) ? count(value) : significant().format(value);
}

/** With its sign, also when it is no change. */
export function change(by: number, written: (size: number) => string): string {
  return `${by < 0 ? "−" : by > 0 ? "+" : "±"}${written(Math.abs(by))}`;
}

const relative = perLanguage(locale => new Intl.RelativeTimeFormat(locale, { numeric: "auto" }));
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
    if (Math.abs(seconds) >= length) return relative().format(Math.trunc(seconds / length), unit);
  return Math.abs(seconds) < 10 ? t.justNow : relative().format(seconds, "second");
}

const absoluteTime = perLanguage(
  locale => new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "long" }),
);

export function absolute(when: Date): string {
  return absoluteTime().format(when);
}

const utcDay = perLanguage(
  locale => new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" }),
);

/** The day in UTC. */
export function day(when: Date): string {
  return utcDay().format(when);
}
