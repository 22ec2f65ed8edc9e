import type { Target } from "@/s3/client";

/** For a shell: single quotation marks keep everything but themselves. */
const shellWord = (text: string) =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** How AWS's command line restores an archived object for a week. */
export function restoreCommand({ bucket, key, versionId }: Target): string {
  const version = versionId && versionId !== "null" ? ` --version-id ${shellWord(versionId)}` : "";
  return `aws s3api restore-object --bucket ${shellWord(bucket)} --key ${shellWord(key)}${version} --restore-request Days=7`;
}
