/** What a bucket's `.quilt/catalog/config.yaml` says about its pages, in Quilt's format. */
import { isRecord } from "./json";

export type Flags<Name extends string> = Readonly<Record<Name, boolean>>;

export interface BucketPreferences {
  nav: Flags<(typeof NAV)[number]>;
  actions: Flags<(typeof ACTIONS)[number]>;
  blocks: Flags<"browser" | "code" | "meta">;
  gallery: Flags<(typeof GALLERIES)[number]>;
  /** Buckets that files are added from; null for all that the person may read. */
  sourceBuckets: readonly string[] | null;
  defaultSourceBucket: string | null;
}

const NAV = ["files", "workflows", "packages", "queries"] as const;
const ACTIONS = [
  "copyPackage",
  "createPackage",
  "deleteRevision",
  "downloadObject",
  "downloadPackage",
  "restore",
  "revisePackage",
  "writeFile",
] as const;
const GALLERIES = ["files", "packages", "overview", "summarize"] as const;

const allOf = <Name extends string>(names: readonly Name[], value: boolean): Flags<Name> =>
  Object.fromEntries(names.map(name => [name, value])) as Flags<Name>;

export const DEFAULT_PREFERENCES: BucketPreferences = {
  nav: allOf(NAV, true),
  actions: allOf(ACTIONS, true),
  blocks: { browser: true, code: true, meta: true },
  gallery: allOf(GALLERIES, true),
  sourceBuckets: null,
  defaultSourceBucket: null,
};

export interface PreferenceKey {
  path: string;
  about: string;
  /** Quilt knows it, and this catalog has nothing that it could change. */
  isIgnored?: boolean;
  /** The value in effect where it is a switch. */
  value?: (preferences: BucketPreferences) => boolean;
}

export const PREFERENCE_KEYS: readonly PreferenceKey[] = [
  { path: "ui.nav.files", about: "The tab Files.", value: ({ nav }) => nav.files },
  { path: "ui.nav.workflows", about: "The tab Workflows.", value: ({ nav }) => nav.workflows },
  { path: "ui.nav.packages", about: "The tab Packages.", value: ({ nav }) => nav.packages },
  {
    path: "ui.nav.queries",
    about: "The tab Queries. Queries are not a bucket's here, and are in the menu of the account.",
    isIgnored: true,
  },
  {
    path: "ui.actions.createPackage",
    about: "Making packages from files of the bucket and from uploads.",
    value: ({ actions }) => actions.createPackage,
  },
  {
    path: "ui.actions.revisePackage",
    about: "Revising packages.",
    value: ({ actions }) => actions.revisePackage,
  },
  {
    path: "ui.actions.copyPackage",
    about: "Promoting packages to other buckets.",
    value: ({ actions }) => actions.copyPackage,
  },
  {
    path: "ui.actions.deleteRevision",
    about: "Deleting revisions and packages.",
    value: ({ actions }) => actions.deleteRevision,
  },
  {
    path: "ui.actions.writeFile",
    about: "Uploading, making, editing, moving and deleting files.",
    value: ({ actions }) => actions.writeFile,
  },
  {
    path: "ui.actions.downloadObject",
    about: "Downloading files of the bucket.",
    value: ({ actions }) => actions.downloadObject,
  },
  {
    path: "ui.actions.downloadPackage",
    about: "Downloading packages and files of packages.",
    value: ({ actions }) => actions.downloadPackage,
  },
  { path: "ui.actions.restore", about: "Restoring archived files.", isIgnored: true },
  { path: "ui.actions.openInDesktop", about: "The button for Quilt's desktop program.", isIgnored: true },
  {
    path: "ui.blocks.browser",
    about: "The lists of files, in the bucket and in packages.",
    value: ({ blocks }) => blocks.browser,
  },
  { path: "ui.blocks.code", about: "The code that installs a package.", value: ({ blocks }) => blocks.code },
  { path: "ui.blocks.meta", about: "The metadata of packages.", value: ({ blocks }) => blocks.meta },
  {
    path: "ui.blocks.gallery.files",
    about: "Pictures of a folder of the bucket.",
    value: ({ gallery }) => gallery.files,
  },
  {
    path: "ui.blocks.gallery.packages",
    about: "Pictures of a folder of a package.",
    value: ({ gallery }) => gallery.packages,
  },
  {
    path: "ui.blocks.gallery.overview",
    about: "Pictures on the bucket's overview.",
    isIgnored: true,
  },
  {
    path: "ui.blocks.gallery.summarize",
    about: "Pictures where a quilt_summarize.json says what to show.",
    isIgnored: true,
  },
  { path: "ui.blocks.analytics", about: "Downloads of a file.", isIgnored: true },
  { path: "ui.blocks.qurator", about: "Quilt's assistant.", isIgnored: true },
  { path: "ui.blocks.overviewV2", about: "Quilt's second overview.", isIgnored: true },
  { path: "ui.sourceBuckets", about: "Buckets that files are added to packages from. Without it, all are." },
  { path: "ui.defaultSourceBucket", about: "The one of them that is open first." },
  { path: "ui.package_description", about: "Metadata that lists of packages show.", isIgnored: true },
  { path: "ui.package_description_multiline", about: "Metadata in lists, line by line.", isIgnored: true },
  { path: "ui.athena.defaultWorkgroup", about: "The workgroup of Athena.", isIgnored: true },
];

export interface ReadPreferences {
  preferences: BucketPreferences;
  /** What was not understood, and has no effect. */
  problems: readonly string[];
}

type Mapping = Readonly<Record<string, unknown>>;

/** From the document that the YAML holds. */
export function readPreferences(document: unknown): ReadPreferences {
  const problems: string[] = [];
  const mapping = (value: unknown, path: string): Mapping => {
    if (value === undefined || value === null) return {};
    if (isRecord(value)) return value;
    problems.push(`${path} must be a mapping.`);
    return {};
  };
  const flag = (value: unknown, path: string, standard: boolean): boolean => {
    if (value === undefined || value === null) return standard;
    if (typeof value === "boolean") return value;
    problems.push(`${path} must be True or False.`);
    return standard;
  };
  const unknown = (value: Mapping, known: readonly string[], path: string) => {
    for (const name of Object.keys(value))
      if (!known.includes(name)) problems.push(`${path}.${name} is not known.`);
  };
  const flags = <Name extends string>(
    value: unknown,
    standard: Flags<Name>,
    path: string,
    ignored: readonly string[] = [],
  ): Flags<Name> => {
    const names = Object.keys(standard) as Name[];
    // One answer for all.
    if (typeof value === "boolean") return allOf(names, value);
    const given = mapping(value, path);
    unknown(given, [...names, ...ignored], path);
    return Object.fromEntries(
      names.map(name => [name, flag(given[name], `${path}.${name}`, standard[name])]),
    ) as Flags<Name>;
  };
  const top = mapping(document, "The file");
  for (const name of Object.keys(top))
    if (name !== "ui" && name !== "version") problems.push(`${name} is not known.`);
  const ui = mapping(top.ui, "ui");
  unknown(
    ui,
    [
      ...["actions", "athena", "blocks", "defaultSourceBucket", "nav", "package_description"],
      ...["package_description_multiline", "sourceBuckets"],
    ],
    "ui",
  );
  const blocks = mapping(ui.blocks, "ui.blocks");
  unknown(blocks, ["analytics", "browser", "code", "gallery", "meta", "overviewV2", "qurator"], "ui.blocks");
  const standard = DEFAULT_PREFERENCES;
  const buckets = Object.keys(mapping(ui.sourceBuckets, "ui.sourceBuckets")).map(bucketOf);
  const first = ui.defaultSourceBucket;
  if (first !== undefined && first !== null && typeof first !== "string")
    problems.push("ui.defaultSourceBucket must be the name of a bucket.");
  return {
    preferences: {
      nav: flags(ui.nav, standard.nav, "ui.nav"),
      actions: flags(ui.actions, standard.actions, "ui.actions", ["openInDesktop"]),
      blocks: {
        browser: flag(blocks.browser, "ui.blocks.browser", true),
        code: flag(blocks.code, "ui.blocks.code", true),
        // How far it is expanded says that it is shown.
        meta: isRecord(blocks.meta) || flag(blocks.meta, "ui.blocks.meta", true),
      },
      gallery: flags(blocks.gallery, standard.gallery, "ui.blocks.gallery"),
      sourceBuckets: buckets.length > 0 ? buckets : null,
      defaultSourceBucket: typeof first === "string" ? bucketOf(first) : null,
    },
    problems,
  };
}

const bucketOf = (name: string) => name.replace(/^s3:\/\//, "").replace(/\/.*$/, "");
