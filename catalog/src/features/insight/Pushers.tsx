import type { PackageInsight } from "@/api/models";
import { t } from "@/language/en/features/insight";
import { count } from "@/lib/format";
import { Panel } from "@/ui/Layout";
import { Ago } from "@/ui/Measures";
import { PlainTable } from "./PlainTable";

/** Those who push most. */
export function Pushers({ pushers }: { pushers: PackageInsight["pushers"] }) {
  if (pushers.length === 0) return null;
  return (
    <Panel title={t.mostPushes}>
      <PlainTable
        label={t.thoseWhoPushMost}
        heads={[t.by, t.pushes, t.last]}
        rows={pushers.map(({ user, pushes, last_pushed_at: last }) => [
          user ?? "",
          user ?? <span className="muted">{t.unknown}</span>,
          count(pushes),
          <Ago key="last" at={last} />,
        ])}
      />
    </Panel>
  );
}
