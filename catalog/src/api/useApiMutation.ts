import { type QueryKey, useMutation, useQueryClient } from "@tanstack/react-query";
import type { Client } from "./client";
import { useApi } from "./context";

/** Changes something by one or more calls; queries under the `stale` keys are fetched again afterwards. */
export function useApiMutation<In = void, Out = unknown>(
  change: (client: Client, input: In) => Promise<Out>,
  stale: readonly QueryKey[],
  done?: (out: Out, input: In) => void,
) {
  const { client } = useApi();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (input: In) => change(client, input),
    onSuccess: async (out, input) => {
      done?.(out, input);
      await Promise.all(stale.map(queryKey => queryClient.invalidateQueries({ queryKey })));
    },
  });
}
