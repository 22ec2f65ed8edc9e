/** The API's nouns. */
import type { components } from "./types";

type Schemas = components["schemas"];

export type ApiKey = Schemas["ApiKey"];
export type ApiKeyCreated = Schemas["ApiKeyCreated"];
export type AuditRecord = Schemas["AuditRecord"];
export type AuthorizationAnswer = Schemas["AuthorizationAnswer"];
export type Bucket = Schemas["Bucket"];
export type BucketCreate = Schemas["BucketCreate"];
export type BucketUpdate = Schemas["BucketUpdate"];
export type CatalogConfig = Schemas["CatalogConfig"];
export type Code = Schemas["Code"];
export type Construction = Schemas["Construction"];
export type Diff = Schemas["Diff"];
export type DiffItem = Schemas["DiffItem"];
export type DiffKind = DiffItem["kind"];
export type DiffTotals = Schemas["DiffTotals"];
export type Directory = Schemas["Directory"];
export type Entry = Schemas["File"] | Schemas["Directory"];
export type Facet = NonNullable<SearchResults["facets"]>[number];
export type FoundField = FoundFields["items"][number];
export type FoundItem = SearchResults["items"][number];
export type FoundMatch = NonNullable<FoundItem["matches"]>[number];
export type Health = Schemas["Health"];
export type InstanceSettings = Schemas["InstanceSettings"];
export type InstanceSettingsUpdate = Schemas["InstanceSettingsUpdate"];
export type Job = Schemas["Job"];
export type Me = Schemas["Me"];
export type Package = Schemas["Package"];
export type FileAddress = Schemas["FileAddress"];
export type PackageFile = Schemas["File"];
export type PackageProblem = Schemas["PackageProblem"];
export type PackageSummary = Schemas["PackageSummary"];
export type Patch = Schemas["Patch"];
export type Policy = Schemas["Policy"];
export type PolicyWrite = Schemas["PolicyWrite"];
export type Problem = Schemas["Problem"];
export type Promotion = Schemas["Promotion"];
export type Push = Schemas["Push"];
export type PushToCheck = Schemas["PushToCheck"];
export type PushVerdict = Schemas["PushVerdict"];
export type RecoveryCodes = Schemas["RecoveryCodes"];
export type ResolvedUri = Schemas["ResolvedUri"];
export type Revision = Schemas["Revision"];
export type Role = Schemas["Role"];
export type RoleCheck = Schemas["RoleCheck"];
export type RoleCreate = Schemas["RoleCreate"];
export type RoleTrust = Schemas["RoleTrust"];
export type SecondFactor = Schemas["SecondFactor"];
export type SecondFactorSecret = Schemas["SecondFactorSecret"];
export type SessionList = Schemas["SessionList"];
export type SignInOptions = Schemas["SignInOptions"];
export type SignedUp = Schemas["SignedUp"];
export type SsoConfig = Schemas["SsoConfig"];
export type SsoVerdict = Schemas["SsoVerdict"];
export type Token = Schemas["Token"];
export type ToolShown = Schemas["ToolShown"];
export type User = Schemas["User"];
export type UserCreate = Schemas["UserCreate"];
export type VendedCredentials = Schemas["VendedCredentials"];
export type Violation = Schemas["Violation"];
export type Workflow = Schemas["Workflow"];
export type Workflows = Schemas["Workflows"];

export interface Page<Item> {
  items: Item[];
  next: string | null;
}

type ValueType = "number" | "datetime" | "keyword" | "text" | "boolean";

interface FoundWhy {
  meta?: Record<string, unknown>;
  matches?: { field: string; snippet?: string | null; value?: string | null }[];
}

export interface SearchResults {
  items: ((Schemas["FoundPackage"] & FoundWhy) | (Schemas["FoundObject"] & FoundWhy))[];
  total: number;
  total_packages?: number;
  total_objects?: number;
  facets?: {
    field: string;
    type: ValueType;
    distinct: number;
    complete: boolean;
    values: { value: string | number | boolean; count: number }[];
    min: number | string | null;
    max: number | string | null;
    buckets: { from: number | string; to: number | string; count: number }[];
  }[];
  as_of?: string;
  complete?: boolean;
  suggestions?: { word: string; count: number; instead: string[] }[];
  next: string | null;
}

export interface FoundFields {
  items: { field: string; path: string; type: ValueType; packages: number }[];
}
