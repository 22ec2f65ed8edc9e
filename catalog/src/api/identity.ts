/** People, roles, keys, sessions and the audit trail: server state, and what changes it. */
import { infiniteQueryOptions, keepPreviousData, type QueryKey, queryOptions } from "@tanstack/react-query";
import { paged } from "@/lib/pages";
import { encode } from "@/lib/paths";
import { type Call, type Client, type Query, search } from "./client";
import type { Api } from "./context";
import { downloadAnswer } from "./downloads";
import { keys } from "./keys";
import type {
  ApiKey,
  AuditRecord,
  Invitation,
  InvitationOffer,
  Page,
  Policy,
  Role,
  RoleTrust,
  SecondFactor,
  SessionList,
  SignInOptions,
  SsoConfig,
  User,
} from "./models";
import { exchange } from "./transport";

const ADMIN = "/api/v1/admin";
export const SECOND_FACTOR_URL = "/api/v1/accounts/me/second-factor";
export const userUrl = (name: string) => `${ADMIN}/users/${encode(name)}`;
/** What somebody may do in one bucket, besides what their active role permits. */
export const accessUrl = (name: string, bucket: string) => `${userUrl(name)}/access/${encode(bucket)}`;
export const roleUrl = (name: string) => `${ADMIN}/roles/${encode(name)}`;
export const invitationUrl = (id: string) => `${ADMIN}/invitations/${encode(id)}`;
export const policyUrl = (id: string) => `${ADMIN}/policies/${encode(id)}`;

/** For who is not signed in. */
export const callAnonymously = <T>({ config }: Api, path: string, call: Call = {}) =>
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

const pages = <T>(client: Client, queryKey: QueryKey, path: string, query: Query) =>
  infiniteQueryOptions({
    queryKey,
    queryFn: ({ signal, pageParam }) =>
      client.call<Page<T>>(path, { signal, query: { ...query, cursor: pageParam, limit: 50 } }),
    ...paged,
    // While another filter is asked about, what was there stays: nothing is pulled from under the pointer.
    placeholderData: keepPreviousData,
  });

export const identity = {
  signInOptions: (services: Api) =>
    queryOptions({
      queryKey: keys.signInOptions(),
      queryFn: ({ signal }) => callAnonymously<SignInOptions>(services, "/api/v1/sso", { signal }),
      staleTime: 60_000,
    }),

  account: ({ client }: Api) =>
    queryOptions({
      queryKey: keys.account(),
      queryFn: ({ signal }) => client.call<User>("/api/v1/accounts/me", { signal }),
    }),

  secondFactor: ({ client }: Api) =>
    queryOptions({
      queryKey: keys.secondFactor(),
      queryFn: ({ signal }) => client.call<SecondFactor>(SECOND_FACTOR_URL, { signal }),
    }),

  sessions: ({ client }: Api) =>
    queryOptions({
      queryKey: keys.sessions(),
      queryFn: ({ signal }) => client.call<SessionList>("/api/v1/sessions", { signal }),
    }),

  sessionsOf: ({ client }: Api, name: string) =>
    queryOptions({
      queryKey: keys.sessions(name),
      queryFn: ({ signal }) => client.call<SessionList>(`${userUrl(name)}/sessions`, { signal }),
    }),

  keys: ({ client }: Api) => pages<ApiKey>(client, keys.apiKeys({}), "/api/v1/keys", {}),
  allKeys: ({ client }: Api, query: Query) =>
    pages<ApiKey>(client, keys.allApiKeys(query), `${ADMIN}/keys`, query),
  users: ({ client }: Api, query: Query) => pages<User>(client, keys.users(query), `${ADMIN}/users`, query),
  invitations: ({ client }: Api) => pages<Invitation>(client, keys.invitations(), `${ADMIN}/invitations`, {}),
  /** For the person who was invited. */
  invitation: (api: Api, link: string) =>
    queryOptions({
      queryKey: keys.invitation(link),
      queryFn: () =>
        callAnonymously<InvitationOffer>(api, "/api/v1/accounts/invitation", {
          method: "POST",
          body: { invitation: link },
        }),
      retry: false,
      staleTime: Infinity,
    }),
  audit: ({ client }: Api, query: Query) =>
    pages<AuditRecord>(client, keys.audit(query), `${ADMIN}/audit`, query),

  user: ({ client }: Api, name: string) =>
    queryOptions({
      queryKey: keys.user(name),
      queryFn: ({ signal }) => client.call<User>(userUrl(name), { signal }),
    }),

  roles: ({ client }: Api) =>
    queryOptions({
      queryKey: keys.roles(),
      queryFn: ({ signal }) => everything<Role>(client, `${ADMIN}/roles`, signal),
    }),

  role: ({ client }: Api, name: string) =>
    queryOptions({
      queryKey: keys.role(name),
      queryFn: ({ signal }) => client.call<Role>(roleUrl(name), { signal }),
    }),

  trust: ({ client }: Api, name: string) =>
    queryOptions({
      queryKey: keys.trust(name),
      queryFn: ({ signal }) => client.call<RoleTrust>(`${roleUrl(name)}/trust`, { signal }),
    }),

  policies: ({ client }: Api) =>
    queryOptions({
      queryKey: keys.policies(),
      queryFn: ({ signal }) => everything<Policy>(client, `${ADMIN}/policies`, signal),
    }),

  policy: ({ client }: Api, id: string) =>
    queryOptions({
      queryKey: keys.policy(id),
      queryFn: ({ signal }) => client.call<Policy>(policyUrl(id), { signal }),
    }),

  ssoConfig: ({ client }: Api) =>
    queryOptions({
      queryKey: keys.ssoConfig(),
      queryFn: ({ signal }) => client.call<SsoConfig>(`${ADMIN}/sso-config`, { signal }),
    }),
};

/** The audit trail as a file of JSON Lines. */
export async function downloadAudit(api: Api, query: Query): Promise<void> {
  await downloadAnswer(api, `${ADMIN}/audit.jsonl${search(query)}`, "audit.jsonl");
}
