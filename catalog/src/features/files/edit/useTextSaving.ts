/** A text of a bucket while it is edited and saved. What is typed during a save stays in the editor, and is not saved yet. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { keys } from "@/api/keys";
import { RequestError } from "@/lib/errors";
import { useServices } from "@/s3/context";
import { preferencesChanged } from "@/s3/preferences";
import { useLeaveGuard } from "@/ui/useLeaveGuard";
import { putText, type StoredText } from "./storedText";

interface Options {
  /** Of an object that has none. */
  contentType?: string;
  /** The parameter of the address that keeps the editor open, unless it has a page of its own. */
  parameter?: string;
  /** When all that was typed is saved. */
  onSaved?: () => unknown;
}

/** `opened`: null for a new object. */
export function useTextSaving(
  bucket: string,
  key: string,
  opened: StoredText | null,
  { contentType, parameter, onSaved }: Options = {},
) {
  const { s3 } = useServices();
  const queryClient = useQueryClient();
  const [before, setBefore] = useState(opened);
  const [text, setText] = useState(opened?.text ?? "");
  const typed = useRef(text);
  const isChanged = text !== (before?.text ?? "");
  const letGo = useLeaveGuard(isChanged, { parameter: parameter ?? null });
  const save = useMutation({
    mutationFn: (isForced: boolean) =>
      putText(s3, { bucket, key }, text, {
        before,
        isForced,
        ...(contentType === undefined ? {} : { contentType }),
      }),
    onSuccess: async saved => {
      setBefore(saved);
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: keys.object(bucket, key) }),
        queryClient.invalidateQueries({ queryKey: keys.objectVersions(bucket, key) }),
        queryClient.invalidateQueries({ queryKey: keys.objects(bucket) }),
        preferencesChanged(queryClient, bucket, key),
      ]);
      if (typed.current !== saved.text) return;
      letGo();
      await onSaved?.();
    },
  });
  return {
    text,
    write: (to: string) => {
      typed.current = to;
      setText(to);
    },
    isChanged,
    isNew: before === null,
    /** Something was typed while the last save was under way. */
    isBehind: save.isSuccess && save.data.text !== text,
    isConflict: save.error instanceof RequestError && save.error.status === 412,
    isSaved: save.isSuccess && !isChanged,
    isSaving: save.isPending,
    error: save.error,
    save: (isForced = false) => save.mutate(isForced),
  };
}
