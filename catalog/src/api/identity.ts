/** People, roles, keys, sessions and the audit trail: server state, and what changes it. */
import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { useApi, type Api } from "./context";
import { encode } from "@/lib/paths";
import { search, type Call, type Client, type Query } from "./client";
import type {
  ApiKey,
  AuditRecord,
  Page,
  Policy,
  Role,
  RoleTrust,
  SessionList,
  SignInOptions,
  SsoConfig,
  User,
} from "./models";
import { paged } from "@/lib/pages";
import { ask, exchange, refusal } from "./transport";

const ADMIN = "/api/v1/admin";
export const userUrl = (name: string) => `${ADMIN}/users/${encode(name)}`;
export const roleUrl = (name: string) => `${ADMIN}/roles/${encode(name)}`;
export const policyUrl = (id: string) => `${ADMIN}/policies/${encode(id)}`;

/** For who is not signed in. */
export const openly = <T>({ config }: Api, path: string, call: Call = {}) =>
  exchange<T>(config.registryUrl + path, call);

/** Short lists, whole: what people choose from. */
async function everything<T>(client: Client, path: string, signal: AbortSignal): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await client.call<Page<T>>(path, { signal, query: { cursor, limit: 100 } });
    found.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return found;
}

const pages = <T>(client: Client, noun: string, path: string, query: Query) =>
  infiniteQueryOptions({
    queryKey: [noun, query],
    queryFn: ({ signal, pageParam }) =>
      client.call<Page<T>>(path, { signal, query: { ...query, cursor: pageParam, limit: 50 } }),
    ...paged,
    // While another filter is asked about, what was there stays: nothing is pulled from under the pointer.
    placeholderData: keepPreviousData,
  });

export const identity = {
  signInOptions: (services: Api) =>
    queryOptions({
      queryKey: ["sign-in-options"],
      queryFn: ({ signal }) => openly<SignInOptions>(services, "/api/v1/sso", { signal }),
      staleTime: 60_000,
    }),

  account: ({ client }: Api) =>
    queryOptions({
      queryKey: ["account"],
      queryFn: ({ signal }) => client.call<User>("/api/v1/accounts/me", { signal }),
    }),

  sessions: ({ client }: Api) =>
    queryOptions({
      queryKey: ["sessions"],
      queryFn: ({ signal }) => client.call<SessionList>("/api/v1/sessions", { signal }),
    }),

  sessionsOf: ({ client }: Api, name: string) =>
    queryOptions({
      queryKey: ["sessions", name],
      queryFn: ({ signal }) => client.call<SessionList>(`${userUrl(name)}/sessions`, { signal }),
    }),

  keys: ({ client }: Api) => pages<ApiKey>(client, "keys", "/api/v1/keys", {}),
  allKeys: ({ client }: Api, query: Query) => pages<ApiKey>(client, "all-keys", `${ADMIN}/keys`, query),
  users: ({ client }: Api, query: Query) => pages<User>(client, "users", `${ADMIN}/users`, query),
  audit: ({ client }: Api, query: Query) => pages<AuditRecord>(client, "audit", `${ADMIN}/audit`, query),

  user: ({ client }: Api, name: string) =>
    queryOptions({
      queryKey: ["user", name],
      queryFn: ({ signal }) => client.call<User>(userUrl(name), { signal }),
    }),

  roles: ({ client }: Api) =>
    queryOptions({
      queryKey: ["roles"],
      queryFn: ({ signal }) => everything<Role>(client, `${ADMIN}/roles`, signal),
    }),

  role: ({ client }: Api, name: string) =>
    queryOptions({
      queryKey: ["role", name],
      queryFn: ({ signal }) => client.call<Role>(roleUrl(name), { signal }),
    }),

  trust: ({ client }: Api, name: string) =>
    queryOptions({
      queryKey: ["trust", name],
      queryFn: ({ signal }) => client.call<RoleTrust>(`${roleUrl(name)}/trust`, { signal }),
    }),

  policies: ({ client }: Api) =>
    queryOptions({
      queryKey: ["policies"],
      queryFn: ({ signal }) => everything<Policy>(client, `${ADMIN}/policies`, signal),
    }),

  policy: ({ client }: Api, id: string) =>
    queryOptions({
      queryKey: ["policy", id],
      queryFn: ({ signal }) => client.call<Policy>(policyUrl(id), { signal }),
    }),

  ssoConfig: ({ client }: Api) =>
    queryOptions({
      queryKey: ["sso-config"],
      queryFn: ({ signal }) => client.call<SsoConfig>(`${ADMIN}/sso-config`, { signal }),
    }),
};

/** Something done on purpose; `touches`: the nouns that are asked for anew afterwards. */
export function useAct<In = void, Out = unknown>(
  act: (client: Client, input: In) => Promise<Out>,
  touches: readonly string[],
  done?: (out: Out, input: In) => void,
) {
  const { client } = useApi();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (input: In) => act(client, input),
    onSuccess: async (out, input) => {
      done?.(out, input);
      await Promise.all(touches.map(noun => queryClient.invalidateQueries({ queryKey: [noun] })));
    },
  });
}

/** The audit trail as a file of JSON Lines. */
export async function downloadAudit({ config, session }: Api, query: Query): Promise<void> {
  const token = await session.bearer();
  const answer = await ask(
    `${config.registryUrl}${ADMIN}/audit.jsonl${search(query)}`,
    { headers: { Authorization: `Bearer ${token ?? ""}` } },
    "The registry",
  );
  if (!answer.ok) throw await refusal(answer);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = "audit.jsonl";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
