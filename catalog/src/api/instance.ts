/** The instance as a whole: what is on or off, and how its services are. */
import { queryOptions } from "@tanstack/react-query";
import { t } from "@/language/en/services";
import type { Api } from "./context";
import { keys } from "./keys";
import { downloadAnswer } from "./downloads";
import type {
  CanaryRuns,
  Health,
  InstanceSettings,
  InstanceTheme,
  InstanceThemeUpdate,
  SearchIndexStatus,
} from "./models";
import { ask, refusal } from "./transport";

export const SETTINGS = "/api/v1/settings";
export const THEME = "/api/v1/theme";
const SEARCH_INDEX = "/api/v1/search/index";
const CANARY = "/api/v1/canary";
const POLL_MILLISECONDS = 10_000;
const CANARY_POLL_MILLISECONDS = 60_000;

export const instance = {
  settings: ({ client }: Api) =>
    queryOptions({
      queryKey: keys.settings(),
      queryFn: ({ signal }) => client.call<InstanceSettings>(SETTINGS, { signal }),
    }),

  theme: ({ client }: Api) =>
    queryOptions({
      queryKey: keys.theme(),
      queryFn: ({ signal }) => client.call<InstanceTheme>(THEME, { signal }),
    }),

  /** The look as a change would make it; refused as the change would be. */
  themePreview: ({ client }: Api, wanted: InstanceThemeUpdate) =>
    queryOptions({
      queryKey: keys.themePreview(JSON.stringify(wanted)),
      queryFn: ({ signal }) =>
        client.call<InstanceTheme>(`${THEME}/preview`, { method: "POST", body: wanted, signal }),
      retry: false,
    }),

  searchIndex: ({ client }: Api) =>
    queryOptions({
      queryKey: keys.searchIndex(),
      queryFn: ({ signal }) => client.call<SearchIndexStatus>(SEARCH_INDEX, { signal }),
      refetchInterval: POLL_MILLISECONDS,
    }),

  canaryRuns: ({ client }: Api) =>
    queryOptions({
      queryKey: keys.canaryRuns(),
      queryFn: ({ signal }) => client.call<CanaryRuns>(`${CANARY}/runs`, { signal }),
      refetchInterval: CANARY_POLL_MILLISECONDS,
    }),

  health: ({ config }: Api) =>
    queryOptions({
      queryKey: keys.health(),
      queryFn: ({ signal }) => health(config.registryUrl, signal),
      refetchInterval: POLL_MILLISECONDS,
    }),
};

/** The runs of a month, as a page that the installation has signed. */
export async function downloadCanaryReport(api: Api): Promise<void> {
  await downloadAnswer(api, `${CANARY}/report`, "canary-report.html");
}

/** 503 is an answer, too: it says which service is not ready. */
async function health(registry: string, signal: AbortSignal): Promise<Health> {
  const answer = await ask(`${registry}/healthz`, { signal, cache: "no-store" }, t.registry);
  if (answer.ok) return (await answer.json()) as Health;
  const found = (await answer
    .clone()
    .json()
    .catch(() => null)) as Partial<Health> | null;
  if (found?.status && found.checks) return { status: found.status, checks: found.checks };
  throw await refusal(answer);
}
