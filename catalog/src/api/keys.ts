/** The keys of all queries. A key with fewer values stands for every query that begins with them. */
import type { Query } from "./client";
import type { DiffKind } from "./models";
import type { Side } from "./pushes";
import type { SearchQuestion } from "./search";

type Leading<Values extends readonly unknown[]> = Values extends readonly [...infer Fewer, unknown]
  ? Values | Leading<Fewer>
  : [];

const key =
  <Values extends readonly unknown[] = []>(noun: string) =>
  (...values: Leading<Values>): readonly [string, ...Leading<Values>] => [noun, ...values];

type PackageName = [bucket: string, name: string];
type RevisionName = [...PackageName, reference: string];
type SearchPart = { sort: string | null; limit: number } | { newest: number } | { fields: readonly string[] };
type ObjectVersion = [bucket: string, key: string, version: string | null, throughRegistry: boolean];

export const keys = {
  account: key("account"),
  activity: key<PackageName>("activity"),
  allApiKeys: key<[query: Query]>("all-api-keys"),
  apiKeys: key<[query: Query]>("api-keys"),
  archive: key<[...RevisionName, paths: readonly string[]]>("archive"),
  archiveLink: key<[...RevisionName, path: string]>("archive-link"),
  audit: key<[query: Query]>("audit"),
  browsingSession: key<[...RevisionName, user: string]>("browsing-session"),
  bookmarks: key("bookmarks"),
  bucket: key<[bucket: string]>("bucket"),
  bucketInsight: key<[bucket: string]>("bucket-insight"),
  bucketTotals: key("bucket-totals"),
  buckets: key<[options: { everything: boolean }]>("buckets"),
  chart:
    key<[form: string, bucket: string, key: string, version: string | null, root: string | null]>("chart"),
  canaryRuns: key("canary-runs"),
  code: key("code"),
  completeness: key<[bucket: string]>("completeness"),
  deletedPackage: key<PackageName>("deleted-package"),
  diagram: key<[source: string, dark: boolean]>("diagram"),
  diff: key<[head: Side, base: Side | null, kinds: readonly DiffKind[]]>("diff"),
  diffTotals: key<[head: Side, base: Side | null]>("diff-totals"),
  documentImage: key<[page: string, path: string | null]>("document-image"),
  entries: key<[...RevisionName, path: string]>("entries"),
  entry: key<[...RevisionName, path: string]>("entry"),
  filePreview: key<[query: Query]>("file-preview"),
  fileRows: key<[query: Query]>("file-rows"),
  fileStatistics: key<[query: Query]>("file-statistics"),
  firstEntries: key<[...RevisionName, path: string]>("first-entries"),
  health: key("health"),
  invitation: key<[link: string]>("invitation"),
  invitations: key("invitations"),
  job: key<[id: string]>("job"),
  jobs: key<[part: "recent"]>("jobs"),
  lastSeen: key<[...RevisionName, path: string]>("last-seen"),
  object: key<[bucket: string, key: string, version: string | null]>("object"),
  objectLink: key<ObjectVersion>("object-link"),
  jsonDocument: key<[bucket: string, key: string, version: string | null, instance: string]>("json-document"),
  objectSlice: key<[...ObjectVersion, length: number]>("object-slice"),
  objectText: key<[bucket: string, key: string, version: string | null]>("object-text"),
  objectVersions: key<[bucket: string, key: string]>("object-versions"),
  objects: key<[bucket: string, prefix: string]>("objects"),
  me: key("me"),
  package: key<PackageName>("package"),
  packageInsight: key<PackageName>("package-insight"),
  packagePaths: key<[...RevisionName, folder: string, cursor: string | null]>("package-paths"),
  packages: key<[bucket: string, part: { contains: string; limit: number } | { newest: number }]>("packages"),
  policies: key("policies"),
  policy: key<[id: string]>("policy"),
  preferences: key<[bucket: string, key: string]>("preferences"),
  preferencesKey: key<[bucket: string]>("preferences-key"),
  preferencesText: key<[text: string]>("preferences-text"),
  problems: key<[bucket: string]>("problems"),
  resolvedUri: key<[uri: string]>("resolved-uri"),
  revision: key<RevisionName>("revision"),
  revisions: key<[...PackageName, part: { recent: number }]>("revisions"),
  role: key<[name: string]>("role"),
  roles: key("roles"),
  rowDifference:
    key<[head: Side, base: Side, path: string, basePath: string, keyColumns: readonly string[]]>(
      "row-difference",
    ),
  savedQueries: key("saved-queries"),
  savedQuery: key<[id: string]>("saved-query"),
  schema: key<[url: string]>("schema"),
  search: key<[question: SearchQuestion, part: SearchPart]>("search"),
  searchFields: key<[question: SearchQuestion]>("search-fields"),
  secondFactor: key("second-factor"),
  sessions: key<[user: string]>("sessions"),
  searchIndex: key("search-index"),
  settings: key("settings"),
  signInOptions: key("sign-in-options"),
  sqlColumns: key<[...RevisionName, pattern: string]>("sql-columns"),
  sqlQueries: key<[options: { everyone: boolean }]>("sql-queries"),
  sqlQuery: key<[id: string]>("sql-query"),
  sqlRows: key<[id: string, query: Query]>("sql-rows"),
  ssoConfig: key("sso-config"),
  theme: key("theme"),
  /** `wanted`: as JSON, since fields that are left out differ from those without a value. */
  themePreview: key<[wanted: string]>("theme-preview"),
  textProblem: key<[language: string | null, text: string]>("text-problem"),
  thumbnailLink: key<[query: Query]>("thumbnail-link"),
  summary: key<[bucket: string, key: string, version: string | null]>("summary"),
  tool: key<[request: string]>("tool"),
  trust: key<[role: string]>("trust"),
  user: key<[name: string]>("user"),
  users: key<[query: Query]>("users"),
  /** `push`: as JSON, since values that a query key cannot tell apart are different metadata. */
  verdict: key<[bucket: string, push: string]>("verdict"),
  workflows: key<[bucket: string]>("workflows"),
};
