/** JSON Schemas of workflows, which are objects in buckets. */
import { queryOptions, skipToken, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { keys } from "@/api/keys";
import type { Workflows } from "@/api/models";
import { t } from "@/language/en/features/packages/metadata";
import { RequestError } from "@/lib/errors";
import { type Json, JsonError, parseJson } from "@/lib/json";
import { type Services, useServices } from "@/s3/context";
import { parsePhysicalKey } from "@/s3/locations";
import { entryMetaSchema, groupOf } from "./fields";

/** As large as the registry takes. */
const MAX_SCHEMA_BYTES = 1_048_576;

const schemaQuery = ({ s3 }: Services, url: string | undefined) =>
  queryOptions({
    queryKey: keys.schema(url ?? ""),
    queryFn: url === undefined ? skipToken : ({ signal }) => readSchema(s3, url, signal),
    staleTime: 60_000,
    structuralSharing: false,
    retry: false,
  });

async function readSchema(s3: Services["s3"], url: string, signal: AbortSignal): Promise<Json> {
  const at = parsePhysicalKey(url);
  if (!at) throw unusable(t.notS3);
  const { bytes, complete } = await s3.head(at, MAX_SCHEMA_BYTES, signal);
  if (!complete) throw unusable(t.largerThan1);
  try {
    return parseJson(new TextDecoder().decode(bytes));
  } catch (error) {
    if (error instanceof JsonError) throw unusable(t.notJson(error.message));
    throw error;
  }
}

const unusable = (message: string) => new RequestError({ status: 0, trouble: "refused", message });

/** The schema that the chosen workflow has for the metadata of packages, or of their entries. */
export function useSchema(
  config: Workflows | null,
  workflow: string | null,
  of: "metadata_schema" | "entries_schema",
) {
  const chosen = config?.workflows.find(each => each.id === (workflow ?? config.default));
  const name = chosen?.[of] ?? null;
  const url = config?.schemas.find(each => each.id === name)?.url;
  const found = useQuery(schemaQuery(useServices(), url));
  const form = useMemo(
    () => groupOf(of === "metadata_schema" ? found.data : entryMetaSchema(found.data)),
    [found.data, of],
  );
  return { name, form, isPending: url !== undefined && found.isPending, error: found.error };
}

export type SchemaForm = ReturnType<typeof useSchema>;
