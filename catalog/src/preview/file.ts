/** A file that is shown: how the readers are asked for it, and where its own bytes are. */
import { createContext, use } from "react";
import type { Query } from "@/api/client";
import type { Target } from "@/s3/client";
import type { Place } from "./place";

/** An object, or a path in a revision of a package, which its readers may see without the bucket. */
export type FileSource =
  | { bucket: string; key: string; versionId?: string | null }
  | { bucket: string; package: string; revision: string; path: string };

export interface ShownFile {
  source: FileSource;
  target: Target;
  /** Its path, for people. */
  name: string;
  /** The path in the archive that the source is, of which no more than the reader's answer is to be had. */
  member?: string;
  size: number;
  place: Place;
}

/** Between the path of an archive and a path within it. */
export const WITHIN = "!/";

export function sourceQuery(source: FileSource): Query {
  if ("package" in source) return { ...source };
  const { bucket, key, versionId } = source;
  return { bucket, key, ...(versionId && versionId !== "null" ? { version_id: versionId } : {}) };
}

export const FileContext = createContext<ShownFile | null>(null);

/** The file that the viewer around shows. */
export function useFile(): ShownFile {
  const file = use(FileContext);
  if (!file) throw new Error("A viewer is outside of a preview");
  return file;
}
