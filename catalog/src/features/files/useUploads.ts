/** Sends files into a folder, a few at once; each can be stopped and sent again. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useReducer, useRef } from "react";
import { keys } from "@/api/keys";
import { errorMessage } from "@/lib/errors";
import { useServices } from "@/s3/context";
import type { LocalFile } from "@/s3/dropped";
import { preferencesChanged } from "@/s3/preferences";
import { upload } from "@/s3/upload";
import { useLeaveGuard } from "@/ui/useLeaveGuard";

export interface UploadItem {
  id: number;
  file: File;
  /** Below the prefix. */
  path: string;
  sent: number;
  state: "waiting" | "sending" | "done" | "failed" | "stopped";
  error: string | null;
}

type Change =
  | { type: "add"; items: UploadItem[] }
  | { type: "set"; id: number; to: Partial<UploadItem> }
  | { type: "clear" };

function reduce(items: UploadItem[], change: Change): UploadItem[] {
  switch (change.type) {
    case "add":
      return [...items, ...change.items];
    case "set":
      return items.map(item => (item.id === change.id ? { ...item, ...change.to } : item));
    case "clear":
      return items.filter(item => item.state === "waiting" || item.state === "sending");
  }
}

/** Large files already go in several parts at once. */
const MAX_CONCURRENT_FILES = 2;

export interface Uploaded {
  key: string;
  path: string;
  size: number;
}

export function useUploads(bucket: string, prefix: string, onDone?: (uploaded: Uploaded) => void) {
  const { s3 } = useServices();
  const queryClient = useQueryClient();
  const [items, dispatch] = useReducer(reduce, []);
  const running = useRef(new Map<number, AbortController>());
  const last = useRef(0);
  const whenDone = useRef(onDone);
  useEffect(() => {
    whenDone.current = onDone;
  }, [onDone]);

  const start = useCallback(
    (item: UploadItem) => {
      const controller = new AbortController();
      const key = prefix + item.path;
      running.current.set(item.id, controller);
      const set = (to: Partial<UploadItem>) => dispatch({ type: "set", id: item.id, to });
      set({ state: "sending", sent: 0, error: null });
      upload(s3, { bucket, key }, item.file, sent => set({ sent }), controller.signal)
        .then(() => {
          set({ state: "done", sent: item.file.size });
          whenDone.current?.({ key, path: item.path, size: item.file.size });
          return Promise.all([
            queryClient.invalidateQueries({ queryKey: keys.objects(bucket, prefix) }),
            queryClient.invalidateQueries({ queryKey: keys.object(bucket, key) }),
            preferencesChanged(queryClient, bucket, key),
          ]);
        })
        .catch((error: unknown) =>
          set(
            controller.signal.aborted
              ? { state: "stopped" }
              : { state: "failed", error: errorMessage(error) },
          ),
        )
        .finally(() => running.current.delete(item.id));
    },
    [s3, queryClient, bucket, prefix],
  );

  useEffect(() => {
    const sending = items.filter(item => item.state === "sending").length;
    const waiting = items.filter(item => item.state === "waiting" && !running.current.has(item.id));
    for (const item of waiting.slice(0, Math.max(0, MAX_CONCURRENT_FILES - sending))) start(item);
  }, [items, start]);

  const busy = items.some(item => item.state === "sending" || item.state === "waiting");
  useLeaveGuard(busy, { loss: "work" });

  return {
    items,
    busy,
    add: (files: readonly LocalFile[]) =>
      dispatch({
        type: "add",
        items: files.map(({ file, path }) => ({
          id: ++last.current,
          file,
          path,
          sent: 0,
          state: "waiting",
          error: null,
        })),
      }),
    stop: (id: number) => {
      const controller = running.current.get(id);
      if (controller) controller.abort(new DOMException("Stopped", "AbortError"));
      else dispatch({ type: "set", id, to: { state: "stopped" } });
    },
    again: (id: number) => dispatch({ type: "set", id, to: { state: "waiting", error: null } }),
    clear: () => dispatch({ type: "clear" }),
  };
}
