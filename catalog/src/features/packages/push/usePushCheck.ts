import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { PushToCheck } from "@/api/models";
import { pushQueries } from "@/api/pushes";
import { parseJson, writeJson } from "@/lib/json";
import { parseMeta } from "@/lib/metadata";
import { useServices } from "@/s3/context";
import { isPackageName } from "./PushForm";
import type { Words } from "./words";

const SETTLED_MILLISECONDS = 400;

/** The value once it has not changed for a moment. */
export function useSettled<Value>(value: Value): Value {
  const [settled, setSettled] = useState(value);
  const written = writeJson(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(parseJson(written) as Value), SETTLED_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [written]);
  return settled;
}

/** Checks a push with its bucket's workflows while it is written. `entries`: only where all of them are known. */
export function usePushCheck({
  bucket,
  name,
  words,
  entries,
}: {
  bucket: string;
  name: string;
  words: Words;
  entries?: PushToCheck["entries"];
}) {
  const services = useServices();
  const workflows = useQuery(pushQueries.workflows(services, bucket));
  const parsed = parseMeta(words.metadata);
  const config = workflows.data?.config ? workflows.data : null;
  const isChecked = config !== null && isPackageName(name) && parsed.error === null;
  const push = useSettled({
    name,
    message: words.message || null,
    metadata: parsed.meta,
    ...(words.workflow === null ? {} : { workflow: words.workflow }),
    ...(entries ? { entries } : {}),
  });
  const verdict = useQuery({
    ...pushQueries.verdict(services, bucket, push),
    enabled: isChecked && isPackageName(push.name),
    placeholderData: keepPreviousData,
  });
  return {
    workflows,
    config,
    metadataError: parsed.error,
    verdict: isChecked ? verdict : null,
    /** The workflow would refuse the push as it is. */
    isRefused: isChecked && verdict.data?.valid === false,
  };
}

export type PushCheck = ReturnType<typeof usePushCheck>;
