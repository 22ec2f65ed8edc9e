import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import type { Completeness } from "@/api/models";
import { queries } from "@/api/queries";
import { count, counted } from "@/lib/format";
import { bucketPath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Facts, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { Ago } from "@/ui/Measures";

/** The extent to which lists and search have what the bucket holds. */
export function CompletenessPanel({ bucket }: { bucket: string }) {
  const completeness = useQuery(queries.completeness(useServices(), bucket));
  return (
    <Panel title="Index" padded>
      <Loaded query={completeness} label="Comparing the index with the bucket" lines={3}>
        {found => (
          <>
            <p>{summary(found)}</p>
            <Facts
              facts={[
                found.compared_up_to && ["Complete up to", <Ago key="up" at={found.compared_up_to} />],
                found.compared_at && ["Last compared", <Ago key="at" at={found.compared_at} />],
                found.inventory && [
                  "Report of S3 Inventory",
                  <Report key="report" state={found.inventory} />,
                ],
                ["Objects", amount(found.objects)],
                ["Pushes", amount(found.pointers)],
                ["Manifests", amount(found.manifests)],
                found.unread_objects > 0 && ["Contents to be read", counted(found.unread_objects, "file")],
                found.problems > 0 && [
                  "Problems",
                  <Link key="problems" to={`${bucketPath(bucket)}/problems`}>
                    {counted(found.problems, "revision")}
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
  return state.reported_at ? <Ago at={state.reported_at} /> : "none yet";
}

function summary({ differing, parts, parts_not_compared, parts_suspected }: Completeness): string {
  if (parts_not_compared > 0)
    return `The bucket is being compared with the index: ${count(parts - parts_not_compared)} of ${counted(parts, "part")} done.`;
  if (differing > 0)
    return `${counted(differing, "key")} of the bucket could not be brought into the index. They are tried again.`;
  if (parts_suspected > 0)
    return `${counted(parts_suspected, "part")} of the bucket may have changes that are not in the index yet. They are compared next.`;
  return "Everything in the bucket is in the index.";
}

/** One number where both sides agree. */
function amount({ in_s3, in_index }: Completeness["objects"]): string {
  return in_s3.digest === in_index.digest && in_s3.count === in_index.count
    ? count(in_s3.count)
    : `${count(in_s3.count)} in S3, ${count(in_index.count)} in the index`;
}
