/** The audit trail's filters, as they stand in the page's address and as the registry is asked. */

import { t } from "@/language/en/lib/identity";

export const FILTERS = ["action", "outcome", "user", "target", "since", "until"] as const;
export type FilterName = (typeof FILTERS)[number];
export type AuditFilters = Record<FilterName, string>;

export const NAMESPACES = [
  "Auth",
  "APIKeys",
  "Users",
  "Roles",
  "Policies",
  "SsoConfig",
  "Buckets",
  "Packages",
  "Jobs",
  "Api",
  "Catalog",
  "Keys",
  "Mail",
  "Audit",
] as const;

export function filtersOf(params: URLSearchParams): AuditFilters {
  return Object.fromEntries(FILTERS.map(name => [name, params.get(name) ?? ""])) as AuditFilters;
}

/** Times are local in the form, and exact in the question; a time that is none asks for nothing. */
export function queryOf(filters: AuditFilters): Record<FilterName, string> {
  const exact = (local: string) => {
    const when = new Date(local);
    return local && !Number.isNaN(when.getTime()) ? when.toISOString() : "";
  };
  return {
    ...filters,
    action: filters.action.replace(/[^A-Za-z.]/g, ""),
    since: exact(filters.since),
    until: exact(filters.until),
  };
}

/** `session:7d8e1c5a-…` without what only machines compare. */
export function credentialKind(credential: string): string {
  const kinds: Record<string, string> = { session: t.session, key: t.apiKey, command: t.command };
  return kinds[credential.split(":")[0] ?? ""] ?? t.nothing;
}
