import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Client } from "@/api/client";
import { useApi } from "@/api/context";
import type { Job } from "@/api/models";
import { rememberJob } from "@/api/refresh";

/** Starts a push, which the registry makes as a job; `job`: the one that was started last, until it is left. */
export function useStartJob(start: (client: Client) => Promise<Job>, onError?: () => void) {
  const { client } = useApi();
  const queryClient = useQueryClient();
  const [job, setJob] = useState<string | null>(null);
  const push = useMutation({
    mutationFn: () => start(client),
    onSuccess: started => {
      rememberJob(queryClient, started);
      setJob(started.id);
    },
    ...(onError ? { onError } : {}),
  });
  return { push, job, leave: () => setJob(null) };
}
