/** The API's nouns. */
import type { components } from "./types";

type Schemas = components["schemas"];

export type Bucket = Schemas["Bucket"];
export type BucketCreate = Schemas["BucketCreate"];
export type CatalogConfig = Schemas["CatalogConfig"];
export type Code = Schemas["Code"];
export type Directory = Schemas["Directory"];
export type Entry = Schemas["File"] | Schemas["Directory"];
export type FoundItem = SearchResults["items"][number];
export type Me = Schemas["Me"];
export type Package = Schemas["Package"];
export type PackageFile = Schemas["File"];
export type PackageSummary = Schemas["PackageSummary"];
export type Problem = Schemas["Problem"];
export type Push = Schemas["Push"];
export type Revision = Schemas["Revision"];
export type SearchResults = Schemas["SearchResults"];
export type Token = Schemas["Token"];
export type VendedCredentials = Schemas["VendedCredentials"];

export interface Page<Item> {
  items: Item[];
  next: string | null;
}
