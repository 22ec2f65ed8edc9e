import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import type { Completeness } from "@/api/models";
import { queries } from "@/api/queries";
import { t } from "@/language/en/features/buckets";
import { count } from "@/lib/format";
import { bucketPath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Facts, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { Ago } from "@/ui/Measures";

/** The extent to which lists and search have what the bucket holds. */
export function CompletenessPanel({ bucket }: { bucket: string }) {
  const completeness = useQuery(queries.completeness(useServices(), bucket));
  return (
    <Panel title={t.index} padded>
      <Loaded query={completeness} label={t.comparingIndexBucket} lines={3}>
        {found => (
          <>
            <p>{summary(found)}</p>
            <Facts
              facts={[
                found.compared_up_to && [t.completeUp, <Ago key="up" at={found.compared_up_to} />],
                found.compared_at && [t.lastCompared, <Ago key="at" at={found.compared_at} />],
                found.inventory && [t.reportS3Inventory, <Report key="report" state={found.inventory} />],
                [t.objects, amount(found.objects)],
                [t.pushes, amount(found.pointers)],
                [t.manifests, amount(found.manifests)],
                found.unread_objects > 0 && [t.contentsRead, t.filesUnreadObjects(found.unread_objects)],
                found.problems > 0 && [
                  t.problems,
                  <Link key="problems" to={`${bucketPath(bucket)}/problems`}>
                    {t.revisionsProblems(found.problems)}
                  </Link>,
                ],
              ]}
            />
          </>
        )}
      </Loaded>
    </Panel>
  );
}

/** The report with which the index was compared, or why it could not be read. */
function Report({ state }: { state: NonNullable<Completeness["inventory"]> }) {
  if (state.problem) return state.problem;
  return state.reported_at ? <Ago at={state.reported_at} /> : t.noneYet;
}

function summary({ differing, parts, parts_not_compared, parts_suspected }: Completeness): string {
  if (parts_not_compared > 0) return t.bucketBeingCompared(count(parts - parts_not_compared), parts);
  if (differing > 0) return t.keyBucketCould(differing);
  if (parts_suspected > 0) return t.partBucketMay(parts_suspected);
  return t.everythingBucketIndex;
}

/** One number where both sides agree. */
function amount({ in_s3, in_index }: Completeness["objects"]): string {
  return in_s3.digest === in_index.digest && in_s3.count === in_index.count
    ? count(in_s3.count)
    : t.s3Index(count(in_s3.count), count(in_index.count));
}
