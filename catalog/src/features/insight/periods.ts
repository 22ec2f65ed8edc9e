/** Days, weeks and months, as they are named. */
import type { BucketGrowth } from "@/api/models";
import { perLanguage } from "@/language/language";
import { t } from "@/language/en/features/insight";
import { day } from "@/lib/format";

type Period = BucketGrowth["period"];

const monthFormat = perLanguage(
  of => new Intl.DateTimeFormat(of, { month: "short", year: "numeric", timeZone: "UTC" }),
);

/** For instance "3 Nov 2026", "week of 2 Nov 2026", "Nov 2026". */
export function periodText(period: Period, start: string): string {
  const first = new Date(`${start}T00:00:00Z`);
  if (period === "month") return monthFormat().format(first);
  return period === "week" ? t.weekOf(day(first)) : day(first);
}

export function pushesTitle(period: Period): string {
  if (period === "month") return t.pushesByMonth;
  return period === "week" ? t.pushesByWeek : t.pushesByDay;
}
