import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { TransferProgress } from "./transfer";

/** Work that says how far it is and can be stopped. It is stopped when its component goes, and browsers ask before they leave it. */
export function useLongWork(
  work: (signal: AbortSignal, report: (progress: TransferProgress) => void) => Promise<void>,
  onEnd?: () => void,
) {
  const [progress, setProgress] = useState<TransferProgress | null>(null);
  const [isStopped, setStopped] = useState(false);
  const controller = useRef<AbortController | null>(null);
  const run = useMutation({
    mutationFn: async () => {
      controller.current = new AbortController();
      setStopped(false);
      setProgress(null);
      return work(controller.current.signal, setProgress);
    },
    onSettled: onEnd,
  });
  const { isPending } = run;
  useEffect(() => () => controller.current?.abort(stopped()), []);
  useEffect(() => {
    if (!isPending) return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [isPending]);
  return {
    progress,
    isRunning: isPending,
    isStopped,
    isDone: run.isSuccess,
    error: isStopped ? null : run.error,
    start: () => run.mutate(),
    stop: () => {
      setStopped(true);
      controller.current?.abort(stopped());
    },
  };
}

const stopped = () => new DOMException("Stopped", "AbortError");

export type LongWork = ReturnType<typeof useLongWork>;
