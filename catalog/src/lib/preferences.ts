/** What a bucket's `.quilt/catalog/config.yaml` says about its pages, in Quilt's format. */
import { t } from "@/language/en/lib/preferences";
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

export const preferenceKeys = (): readonly PreferenceKey[] => [
  { path: "ui.nav.files", about: t.tabFiles, value: ({ nav }) => nav.files },
  { path: "ui.nav.workflows", about: t.tabWorkflows, value: ({ nav }) => nav.workflows },
  { path: "ui.nav.packages", about: t.tabPackages, value: ({ nav }) => nav.packages },
  {
    path: "ui.nav.queries",
    about: t.tabQueriesQueries,
    isIgnored: true,
  },
  {
    path: "ui.actions.createPackage",
    about: t.makingPackagesFiles,
    value: ({ actions }) => actions.createPackage,
  },
  {
    path: "ui.actions.revisePackage",
    about: t.revisingPackages,
    value: ({ actions }) => actions.revisePackage,
  },
  {
    path: "ui.actions.copyPackage",
    about: t.promotingPackagesOther,
    value: ({ actions }) => actions.copyPackage,
  },
  {
    path: "ui.actions.deleteRevision",
    about: t.deletingRevisionsPackages,
    value: ({ actions }) => actions.deleteRevision,
  },
  {
    path: "ui.actions.writeFile",
    about: t.uploadingMakingEditing,
    value: ({ actions }) => actions.writeFile,
  },
  {
    path: "ui.actions.downloadObject",
    about: t.downloadingFilesBucket,
    value: ({ actions }) => actions.downloadObject,
  },
  {
    path: "ui.actions.downloadPackage",
    about: t.downloadingPackagesFiles,
    value: ({ actions }) => actions.downloadPackage,
  },
  { path: "ui.actions.restore", about: t.restoringArchivedFiles, isIgnored: true },
  { path: "ui.actions.openInDesktop", about: t.buttonQuiltsDesktop, isIgnored: true },
  {
    path: "ui.blocks.browser",
    about: t.listsFilesBucket,
    value: ({ blocks }) => blocks.browser,
  },
  { path: "ui.blocks.code", about: t.codeInstallsPackage, value: ({ blocks }) => blocks.code },
  { path: "ui.blocks.meta", about: t.metadataPackages, value: ({ blocks }) => blocks.meta },
  {
    path: "ui.blocks.gallery.files",
    about: t.picturesFolderBucket,
    value: ({ gallery }) => gallery.files,
  },
  {
    path: "ui.blocks.gallery.packages",
    about: t.picturesFolderPackage,
    value: ({ gallery }) => gallery.packages,
  },
  {
    path: "ui.blocks.gallery.overview",
    about: t.picturesBucketsOverview,
    isIgnored: true,
  },
  {
    path: "ui.blocks.gallery.summarize",
    about: t.picturesWhereQuilt,
    isIgnored: true,
  },
  { path: "ui.blocks.analytics", about: t.downloadsFile, isIgnored: true },
  { path: "ui.blocks.qurator", about: t.quiltsAssistant, isIgnored: true },
  { path: "ui.blocks.overviewV2", about: t.quiltsSecondOverview, isIgnored: true },
  { path: "ui.sourceBuckets", about: t.bucketsFilesAdded },
  { path: "ui.defaultSourceBucket", about: t.oneOpenFirst },
  { path: "ui.package_description", about: t.metadataListsPackages, isIgnored: true },
  { path: "ui.package_description_multiline", about: t.metadataListsLine, isIgnored: true },
  { path: "ui.athena.defaultWorkgroup", about: t.workgroupAthena, isIgnored: true },
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
    problems.push(t.mustMapping(path));
    return {};
  };
  const flag = (value: unknown, path: string, standard: boolean): boolean => {
    if (value === undefined || value === null) return standard;
    if (typeof value === "boolean") return value;
    problems.push(t.mustTrueFalse(path));
    return standard;
  };
  const unknown = (value: Mapping, known: readonly string[], path: string) => {
    for (const name of Object.keys(value)) if (!known.includes(name)) problems.push(t.notKnown(path, name));
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
  const top = mapping(document, t.file);
  for (const name of Object.keys(top))
    if (name !== "ui" && name !== "version") problems.push(t.notKnown2(name));
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
  if (first !== undefined && first !== null && typeof first !== "string") problems.push(t.uiMustName);
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
