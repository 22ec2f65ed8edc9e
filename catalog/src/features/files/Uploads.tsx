/** Files on their way into a folder. */
import { keys } from "@/api/keys";
import { useQueryClient } from "@tanstack/react-query";
import { Check, FolderUp, RotateCcw, TriangleAlert, Upload as UploadIcon, X } from "lucide-react";
import { useCallback, useEffect, useReducer, useRef, type ChangeEvent } from "react";
import { useServices } from "@/s3/context";
import { bytes, count } from "@/lib/format";
import { chosenFiles, type LocalFile } from "@/s3/dropped";
import { upload } from "@/s3/upload";
import { Button, IconButton } from "@/ui/Button";
import { Panel } from "@/ui/Layout";
import { said } from "@/ui/States";
import styles from "./Uploads.module.css";

interface Item {
  id: number;
  file: File;
  /** Below the prefix. */
  path: string;
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
const SHOWN = 200;

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
    (item: Item) => {
      const controller = new AbortController();
      const key = prefix + item.path;
      running.current.set(item.id, controller);
      const set = (to: Partial<Item>) => dispatch({ type: "set", id: item.id, to });
      set({ state: "sending", sent: 0, error: null });
      upload(s3, { bucket, key }, item.file, sent => set({ sent }), controller.signal)
        .then(() => {
          set({ state: "done", sent: item.file.size });
          whenDone.current?.({ key, path: item.path, size: item.file.size });
          return Promise.all([
            queryClient.invalidateQueries({ queryKey: keys.objects(bucket, prefix) }),
            queryClient.invalidateQueries({ queryKey: keys.object(bucket, key) }),
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

export function Uploads({ uploads }: { uploads: ReturnType<typeof useUploads> }) {
  const { items } = uploads;
  if (items.length === 0) return null;
  const done = items.filter(item => item.state === "done").length;
  const { busy } = uploads;
  // What wants attention first; of thousands, those that matter now.
  const shown = [...items]
    .sort((a, b) => Number(a.state === "done") - Number(b.state === "done"))
    .slice(0, SHOWN);
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
        {shown.map(item => (
          <li key={item.id}>
            <span className={styles.name}>{item.path}</span>
            <span className={styles.state}>
              <State item={item} />
            </span>
            {(item.state === "sending" || item.state === "waiting") && (
              <IconButton label={`Stop ${item.path}`} onClick={() => uploads.stop(item.id)}>
                <X size={14} />
              </IconButton>
            )}
            {(item.state === "failed" || item.state === "stopped") && (
              <IconButton label={`Upload ${item.path} again`} onClick={() => uploads.again(item.id)}>
                <RotateCcw size={14} />
              </IconButton>
            )}
          </li>
        ))}
        {items.length > SHOWN && (
          <li>
            <span className={styles.name}>and {count(items.length - SHOWN)} more</span>
          </li>
        )}
      </ul>
    </Panel>
  );
}

/** Buttons for files and for a whole folder. */
export function ChooseFiles({ add }: { add: (files: LocalFile[]) => void }) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const taken = (event: ChangeEvent<HTMLInputElement>) => {
    add(chosenFiles(event.target.files));
    event.target.value = "";
  };
  return (
    <>
      <input ref={files} type="file" multiple hidden aria-label="Files to upload" onChange={taken} />
      <input
        ref={folder}
        type="file"
        hidden
        aria-label="Folder to upload"
        onChange={taken}
        {...{ webkitdirectory: "" }}
      />
      <Button icon={<UploadIcon size={15} />} onClick={() => files.current?.click()}>
        Upload
      </Button>
      <Button icon={<FolderUp size={15} />} onClick={() => folder.current?.click()}>
        Upload folder
      </Button>
    </>
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
          <progress value={item.sent} max={item.file.size || 1} aria-label={`Upload of ${item.path}`} />
          <span className="num">
            {bytes(item.sent)} of {bytes(item.file.size)}
          </span>
        </>
      );
  }
}
