import { QueryClient } from "@tanstack/react-query";
import { isPassing, RequestError } from "@/lib/errors";

/** Longer waits are left to the person. */
const MAX_WAIT_SECONDS = 5;

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (failures, error) =>
          failures < 2 && (isPassing(error) || (throttled(error) ?? Infinity) <= MAX_WAIT_SECONDS),
        retryDelay: (failures, error) => (throttled(error) ?? Math.min(0.4 * 2 ** failures, 4)) * 1000,
        // Without a network the question fails at once and says so, rather than hang.
        networkMode: "always",
      },
      mutations: { retry: false, networkMode: "always" },
    },
  });
}

function throttled(error: unknown): number | null {
  return error instanceof RequestError && error.trouble === "too-many" ? error.retryAfter : null;
}
