import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useLeaveGuard } from "@/ui/useLeaveGuard";
import type { TransferProgress } from "./transfer";

/** Work that says how far it is and can be stopped. It is stopped when its component goes, after people were asked. */
export function useLongWork(
  work: (
    signal: AbortSignal,
    report: (progress: TransferProgress) => void,
    /** Before the work itself leads to another page. */
    letGo: () => void,
  ) => Promise<unknown>,
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
      return work(controller.current.signal, setProgress, letGo);
    },
    onSettled: onEnd,
  });
  const { isPending } = run;
  useEffect(() => () => controller.current?.abort(stopped()), []);
  const letGo = useLeaveGuard(isPending, { loss: "work" });
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
