/** Times and sizes: short, with the exact value in the title. */
import { t } from "@/language/en/ui/parts";
import { absolute, ago, bytes, count } from "@/lib/format";

export function Ago({ at }: { at: string | Date }) {
  const when = typeof at === "string" ? new Date(at) : at;
  if (Number.isNaN(when.getTime())) return <span>–</span>;
  return (
    <time dateTime={when.toISOString()} title={absolute(when)} className="num">
      {ago(when)}
    </time>
  );
}

export function Size({ of }: { of: number }) {
  return (
    <span title={t.bytesOf(count(of))} className="num">
      {bytes(of)}
    </span>
  );
}

/** The first digits of a top hash. */
export function Hash({ of }: { of: string }) {
  return (
    <code title={of} className="num">
      {of.slice(0, 8)}
    </code>
  );
}
