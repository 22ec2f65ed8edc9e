import type { ReactNode } from "react";
import { t } from "@/language/en/ui/parts";
import { RequestError } from "@/lib/errors";
import { Panel } from "./Layout";
import { Failure } from "./States";

/** Shows what changes a bucket to those whose role may write to it, and the refusal to others. */
export function ForWriters({
  bucket,
  level,
  heading,
  children,
}: {
  bucket: string;
  level: "READ" | "READ_WRITE" | null;
  heading: string;
  children: ReactNode;
}) {
  if (level === "READ_WRITE") return children;
  const message = t.roleMayOnly(bucket);
  return (
    <Panel>
      <h1 className="hidden">{heading}</h1>
      <Failure error={new RequestError({ status: 403, trouble: "forbidden", message })} />
    </Panel>
  );
}
