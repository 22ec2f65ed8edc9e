import type { ReactNode } from "react";
import { counted, section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/search", {
  // Choices
  earlierRevisionsToo: "Earlier revisions, too",
  upToTo: (to: string) => `up to ${to}`,
  fromFrom: (from: string) => `from ${from}`,
  fromToTo: (from: string, to: string) => `${from} to ${to}`,
  chosenFilters: "Chosen filters",
  removeLabel: (label: string) => `Remove ${label}`,
  removeAll: "Remove all",
  // Examples
  forExample: "For example",
  // Facets
  filters: "Filters",
  filtersChosen: (chosen: ReactNode) => rich`Filters${chosen}`,
  metadataFilters: "Metadata filters",
  filterByMetadata: "Filter by metadata",
  noPackageHereHasMetadata: "No package here has metadata.",
  // HitList
  foundIn: "Found in",
  filesFoundInIt: "Files found in it",
  package: "Package",
  deletedFile: "Deleted file",
  file: "File",
  files: (totalEntries: number) => counted(totalEntries, "file"),
  byAuthor: (author: string) => ` by ${author}`,
  // HitTable
  name: "Name",
  files2: "Files",
  size: "Size",
  modified: "Modified",
  results: "Results",
  // NothingFound
  nothingFound: "Nothing found",
  hitsHaveAllWordsOfQ: (q: string, code: ReactNode, code2: ReactNode) =>
    rich`Hits have all words of “${q}”. Try fewer words, the beginning of one as in ${code}, or a part of a name as in ${code2}.`,
  nothingHasAllOfWhatYou: "Nothing has all of what you chose.",
  eachWordAlone: "Each word alone",
  hitsAlone: (count: number) => `${counted(count, "hit")} alone`,
  hasNoResults: "has no results",
  didYouMean: ". Did you mean",
  or: " or ",
  searchWithoutFilters: "Search without filters",
  // QueryError
  thisSearchCannotBeRead: "This search cannot be read",
  searchForTheWordsPlain: (plain: string) => `Search for the words “${plain}”`,
  theMistakeIsAtCharacterAt: (at: number) => `The mistake is at character ${at}`,
  // QueryHelp
  bothWordsInAnyOrderAnd: "both words, in any order and field",
  oneDirectlyAfterTheOther: "one directly after the other",
  eitherParenthesesGroup: "either; parentheses group",
  notThisWord: "not this word",
  wordsThatBeginWithIt: "words that begin with it",
  pathsAndPackageNamesByWildcard: "paths and package names, by wildcard",
  oneFieldNameMessageReadmeContent: "one field: name, message, readme, content, workflow, author …",
  metadataByItsKey: "metadata, by its key",
  numbersAndDatesCompare: "numbers and dates compare",
  aRangeKeysWithSpacesOr: "a range; keys with spaces or dots in quotation marks",
  withSuchMetadataAtAll: "with such metadata at all",
  alsoKBGBMiB: "also kB, GB, MiB",
  aDayAMonthOrA: "a day, a month or a year",
  onePackage: "one package",
  filesThatWereDeletedInA: "files that were deleted in a bucket with versions",
  newestFirst: "newest first",
  searchHelp: "Search help",
  whatYouCanType: "What you can type",
  hitsHaveAllWordsThatYou: (kbd: ReactNode) =>
    rich`Hits have all words that you type. ${kbd} leads to the search box from everywhere.`,
  // RangeFacet
  histogramOfField: (field: string) => `Histogram of ${field}`,
  fieldToField2Hits: (field: string, field2: string, hits: string) => `${field} to ${field2}: ${hits}`,
  apply: "Apply",
  enterSizesLike10MB: "Enter sizes like 10 MB.",
  enterNumbers: "Enter numbers.",
  // SearchPage
  list: "List",
  table: "Table",
  newestFirst2: "Newest first",
  oldestFirst: "Oldest first",
  largestFirst: "Largest first",
  smallestFirst: "Smallest first",
  mostFilesFirst: "Most files first",
  qSearch: (q: string) => `${q} · Search`,
  search: "Search",
  resultsForQ: (q: string) => `Results for “${q}”`,
  everythingNewestFirst: "Everything, newest first",
  relevance: "Relevance",
  default: "Default",
  columns: "Columns",
  metadataToShow: "Metadata to show",
  view: "View",
  searching: "Searching",
  moreResults: "More results",
  results2: (total: number) => counted(total, "result"),
  packagesAndFiles: (totalPackages: number, totalObjects: number) =>
    `: ${counted(totalPackages, "package")} and ${counted(totalObjects, "file")}`,
  theSearchIndexIsCatchingUp: (ago: ReactNode) =>
    rich`The search index is catching up: what is newer than ${ago} may be missing here.`,
  // ValueFacet
  filterValues: "Filter values",
  theOptionsMostFrequentOfDistinct: (options: string, distinct: string) =>
    `The ${options} most frequent of ${distinct}`,
  fewer: "Fewer",
  allEvery: (every: string) => `All ${every}`,
  // fields
  pushedBy: "Pushed by",
  bucket: "Bucket",
  content: "Content",
  numberOfFiles: "Number of files",
  fileExtension: "File extension",
  path: "Path",
  kind: "Kind",
  message: "Message",
  metadata: "Metadata",
  workflow: "Workflow",
  packages: "Packages",
  // HitTable
  deleted: "deleted",
});
