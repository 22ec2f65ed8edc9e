/** What to type to get data from this instance. */

export interface Instance {
  catalog: string;
  registry: string;
  /** Null on AWS. */
  s3Endpoint: string | null;
}

export interface Wanted {
  bucket: string;
  name: string;
  /** Null: the latest. */
  topHash: string | null;
  path?: string;
}

/** POSIX shells take anything between single quotes but single quotes. */
export function shell(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A Python string; JSON's escapes are Python's, too. */
const python = (text: string) => JSON.stringify(text);

export function setUp({ catalog, s3Endpoint }: Instance): string {
  const lines = ["pip install quilt3"];
  if (s3Endpoint) lines.push(`export AWS_ENDPOINT_URL=${shell(s3Endpoint)}`);
  lines.push(`quilt3 config ${shell(catalog)}`, "quilt3 login");
  return lines.join("\n");
}

export function installCommand({ bucket, name, topHash, path }: Wanted, s3Endpoint: string | null): string {
  const parts = [`quilt3 install ${shell(name)}`, `--registry ${shell(`s3://${bucket}`)}`];
  if (topHash) parts.push(`--top-hash ${topHash}`);
  if (path) parts.push(`--path ${shell(path)}`);
  parts.push("--dest .");
  const command = parts.join(" \\\n  ");
  return s3Endpoint ? `export AWS_ENDPOINT_URL=${shell(s3Endpoint)}\n${command}` : command;
}

export function browseCode({ bucket, name, topHash, path }: Wanted, s3Endpoint: string | null): string {
  const lines = s3Endpoint
    ? [
        "import os",
        "",
        "os.environ.setdefault(",
        '    "AWS_ENDPOINT_URL",',
        `    ${python(s3Endpoint)},`,
        ")",
        "",
        "import quilt3 as q3",
        "",
      ]
    : ["import quilt3 as q3", ""];
  lines.push(
    "package = q3.Package.browse(",
    `    ${python(name)},`,
    `    registry=${python(`s3://${bucket}`)},`,
  );
  if (topHash) lines.push(`    top_hash=${python(topHash)},`);
  lines.push(")");
  if (path) lines.push(`package[${python(path)}].fetch(${python(`./${path.split("/").pop() ?? ""}`)})`);
  else lines.push(`package.fetch(dest="./")`);
  return lines.join("\n");
}
