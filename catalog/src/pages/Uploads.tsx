/** Files on their way into a folder. */
import { useQueryClient } from "@tanstack/react-query";
import { Check, RotateCcw, TriangleAlert, X } from "lucide-react";
import { useCallback, useEffect, useReducer, useRef } from "react";
import { useServices } from "@/app/services";
import { bytes } from "@/lib/format";
import { upload } from "@/s3/upload";
import { Button, IconButton } from "@/ui/Button";
import { Panel } from "@/ui/Layout";
import { said } from "@/ui/States";
import styles from "./Uploads.module.css";

interface Item {
  id: number;
  file: File;
  sent: number;
  state: "waiting" | "sending" | "done" | "failed" | "stopped";
  error: string | null;
}

type Change =
  { type: "add"; items: Item[] } | { type: "set"; id: number; to: Partial<Item> } | { type: "clear" };

function reduce(items: Item[], change: Change): Item[] {
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
const FILES_AT_ONCE = 2;

export function useUploads(bucket: string, prefix: string) {
  const { s3 } = useServices();
  const queryClient = useQueryClient();
  const [items, dispatch] = useReducer(reduce, []);
  const running = useRef(new Map<number, AbortController>());
  const last = useRef(0);

  const start = useCallback(
    (item: Item) => {
      const controller = new AbortController();
      running.current.set(item.id, controller);
      const set = (to: Partial<Item>) => dispatch({ type: "set", id: item.id, to });
      set({ state: "sending", sent: 0, error: null });
      upload(
        s3,
        { bucket, key: prefix + item.file.name },
        item.file,
        sent => set({ sent }),
        controller.signal,
      )
        .then(() => {
          set({ state: "done", sent: item.file.size });
          return Promise.all([
            queryClient.invalidateQueries({ queryKey: ["objects", bucket, prefix] }),
            queryClient.invalidateQueries({ queryKey: ["object", bucket, prefix + item.file.name] }),
          ]);
        })
        .catch((error: unknown) =>
          set(controller.signal.aborted ? { state: "stopped" } : { state: "failed", error: said(error) }),
        )
        .finally(() => running.current.delete(item.id));
    },
    [s3, queryClient, bucket, prefix],
  );

  useEffect(() => {
    const sending = items.filter(item => item.state === "sending").length;
    const waiting = items.filter(item => item.state === "waiting" && !running.current.has(item.id));
    for (const item of waiting.slice(0, Math.max(0, FILES_AT_ONCE - sending))) start(item);
  }, [items, start]);

  const busy = items.some(item => item.state === "sending" || item.state === "waiting");
  useEffect(() => {
    if (!busy) return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [busy]);

  return {
    items,
    add: (files: readonly File[]) =>
      dispatch({
        type: "add",
        items: files.map(file => ({ id: ++last.current, file, sent: 0, state: "waiting", error: null })),
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

export function Uploads({ uploads }: { uploads: ReturnType<typeof useUploads> }) {
  const { items } = uploads;
  if (items.length === 0) return null;
  const done = items.filter(item => item.state === "done").length;
  const busy = items.some(item => item.state === "sending" || item.state === "waiting");
  return (
    <Panel
      title={
        <span role="status">
          {busy
            ? `Uploading ${done + 1 > items.length ? done : done + 1} of ${items.length}`
            : `Uploaded ${done} of ${items.length}`}
        </span>
      }
      tools={
        !busy && (
          <Button small kind="quiet" onClick={uploads.clear}>
            Close
          </Button>
        )
      }
    >
      <ul className={styles.list}>
        {items.map(item => (
          <li key={item.id}>
            <span className={styles.name}>{item.file.name}</span>
            <span className={styles.state}>
              <State item={item} />
            </span>
            {(item.state === "sending" || item.state === "waiting") && (
              <IconButton label={`Stop ${item.file.name}`} onClick={() => uploads.stop(item.id)}>
                <X size={14} />
              </IconButton>
            )}
            {(item.state === "failed" || item.state === "stopped") && (
              <IconButton label={`Upload ${item.file.name} again`} onClick={() => uploads.again(item.id)}>
                <RotateCcw size={14} />
              </IconButton>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function State({ item }: { item: Item }) {
  switch (item.state) {
    case "done":
      return (
        <>
          <Check size={14} className={styles.good} /> <span className="num">{bytes(item.file.size)}</span>
        </>
      );
    case "failed":
      return (
        <span className={styles.bad} role="alert">
          <TriangleAlert size={14} /> {item.error}
        </span>
      );
    case "stopped":
      return <>Stopped</>;
    case "waiting":
      return <>Waiting</>;
    case "sending":
      return (
        <>
          <progress value={item.sent} max={item.file.size || 1} aria-label={`Upload of ${item.file.name}`} />
          <span className="num">
            {bytes(item.sent)} of {bytes(item.file.size)}
          </span>
        </>
      );
  }
}
