/** Quilt+ URIs: `quilt+s3://BUCKET#package=AUTHOR/NAME@HASH&path=PATH`. */
import { encode } from "./paths";

export interface PackageUri {
  bucket: string;
  name: string;
  /** Null: the latest. */
  topHash: string | null;
  path?: string;
}

export const isUri = (text: string) => /^quilt\+s3:\/\//i.test(text.trim());

export function formatUri({ bucket, name, topHash, path }: PackageUri): string {
  const named = name.split("/").map(encode).join("/");
  return `quilt+s3://${bucket}#package=${named}${topHash ? `@${topHash}` : ""}${path ? `&path=${encode(path)}` : ""}`;
}
