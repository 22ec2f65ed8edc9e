/** Code for the tools that read packages through the package gateway, and commands that download by an address. */
import { shell } from "./install";
import { nameOf } from "./paths";

/** A key pair for the package gateway, and where that is. */
export interface S3Access {
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** A folder or a file of a revision; an empty path is the whole. */
export interface PackagePart {
  bucket: string;
  name: string;
  /** `latest` or a top hash. */
  revision: string;
  path: string;
  isFile: boolean;
}

export interface Snippet<Values extends unknown[]> {
  id: string;
  tool: string;
  /** Where it goes. */
  into: string;
  code: (...values: Values) => string;
}

/** Python's strings; those of R are written alike. */
const python = (text: string) => JSON.stringify(text);
const sql = (text: string) => `'${text.replaceAll("'", "''")}'`;
/** A line of a configuration: values with blanks at an end or line breaks do not occur in keys and addresses. */
const hostOf = (endpoint: string) => endpoint.replace(/^https?:\/\//, "");
const isSecure = (endpoint: string) => endpoint.startsWith("https:");

const PROFILE = "patchwork";

/** How a tool gets to know the gateway and a key pair, once. */
export const SET_UPS: readonly Snippet<[S3Access]>[] = [
  {
    id: "aws",
    tool: "AWS CLI, s5cmd and SDKs",
    into: "~/.aws/credentials and ~/.aws/config",
    code: ({ endpoint, region, accessKeyId, secretAccessKey }) =>
      [
        "# ~/.aws/credentials",
        `[${PROFILE}]`,
        `aws_access_key_id = ${accessKeyId}`,
        `aws_secret_access_key = ${secretAccessKey}`,
        "",
        "# ~/.aws/config",
        `[profile ${PROFILE}]`,
        `endpoint_url = ${endpoint}`,
        `region = ${region}`,
        "s3 =",
        "    addressing_style = path",
      ].join("\n"),
  },
  {
    id: "rclone",
    tool: "rclone",
    into: "~/.config/rclone/rclone.conf",
    code: ({ endpoint, region, accessKeyId, secretAccessKey }) =>
      [
        `[${PROFILE}]`,
        "type = s3",
        "provider = Other",
        `access_key_id = ${accessKeyId}`,
        `secret_access_key = ${secretAccessKey}`,
        `endpoint = ${endpoint}`,
        `region = ${region}`,
        "force_path_style = true",
      ].join("\n"),
  },
  {
    id: "duckdb",
    tool: "DuckDB",
    into: "SQL",
    code: ({ endpoint, region, accessKeyId, secretAccessKey }) =>
      [
        "INSTALL httpfs;",
        "LOAD httpfs;",
        `CREATE OR REPLACE SECRET ${PROFILE} (`,
        "    TYPE s3,",
        `    KEY_ID ${sql(accessKeyId)},`,
        `    SECRET ${sql(secretAccessKey)},`,
        `    ENDPOINT ${sql(hostOf(endpoint))},`,
        `    REGION ${sql(region)},`,
        "    URL_STYLE 'path',",
        `    USE_SSL ${isSecure(endpoint)}`,
        ");",
      ].join("\n"),
  },
  {
    id: "s3fs",
    tool: "Python: s3fs, pandas",
    into: "Python",
    code: ({ endpoint, region, accessKeyId, secretAccessKey }) =>
      [
        "import s3fs",
        "",
        "files = s3fs.S3FileSystem(",
        `    key=${python(accessKeyId)},`,
        `    secret=${python(secretAccessKey)},`,
        `    endpoint_url=${python(endpoint)},`,
        `    client_kwargs={"region_name": ${python(region)}},`,
        ")",
      ].join("\n"),
  },
  {
    id: "spark",
    tool: "Spark",
    into: "Python",
    code: ({ endpoint, region, accessKeyId, secretAccessKey }) =>
      [
        "from pyspark.sql import SparkSession",
        "",
        "spark = (",
        "    SparkSession.builder",
        `    .config("spark.hadoop.fs.s3a.endpoint", ${python(endpoint)})`,
        `    .config("spark.hadoop.fs.s3a.endpoint.region", ${python(region)})`,
        `    .config("spark.hadoop.fs.s3a.access.key", ${python(accessKeyId)})`,
        `    .config("spark.hadoop.fs.s3a.secret.key", ${python(secretAccessKey)})`,
        '    .config("spark.hadoop.fs.s3a.path.style.access", "true")',
        `    .config("spark.hadoop.fs.s3a.connection.ssl.enabled", "${isSecure(endpoint)}")`,
        "    .getOrCreate()",
        ")",
      ].join("\n"),
  },
  {
    id: "r-arrow",
    tool: "R: arrow",
    into: "R",
    code: ({ endpoint, region, accessKeyId, secretAccessKey }) =>
      [
        "files <- arrow::S3FileSystem$create(",
        `  access_key = ${python(accessKeyId)},`,
        `  secret_key = ${python(secretAccessKey)},`,
        `  endpoint_override = ${python(hostOf(endpoint))},`,
        `  scheme = "${isSecure(endpoint) ? "https" : "http"}",`,
        `  region = ${python(region)}`,
        ")",
      ].join("\n"),
  },
  {
    id: "r-paws",
    tool: "R: paws",
    into: "R",
    code: ({ endpoint, region, accessKeyId, secretAccessKey }) =>
      [
        "s3 <- paws::s3(config = list(",
        "  credentials = list(creds = list(",
        `    access_key_id = ${python(accessKeyId)},`,
        `    secret_access_key = ${python(secretAccessKey)}`,
        "  )),",
        `  endpoint = ${python(endpoint)},`,
        `  region = ${python(region)},`,
        "  s3_force_path_style = TRUE",
        "))",
      ].join("\n"),
  },
];

/** The key of a part at the gateway, without its bucket; folders end with a slash. */
export function gatewayKey({ name, revision, path, isFile }: PackagePart): string {
  return `${name}/${revision}/${path}${path && !isFile ? "/" : ""}`;
}

export const gatewayUri = (part: PackagePart) => `s3://${part.bucket}/${gatewayKey(part)}`;

/** How a tool that knows the gateway reads a part of a package. */
export const GATEWAY_READERS: readonly Snippet<[PackagePart, string]>[] = [
  {
    id: "aws",
    tool: "AWS CLI",
    into: "Shell",
    code: part =>
      part.isFile
        ? `aws --profile ${PROFILE} s3 cp ${shell(gatewayUri(part))} .`
        : `aws --profile ${PROFILE} s3 cp --recursive ${shell(gatewayUri(part))} .`,
  },
  {
    id: "rclone",
    tool: "rclone",
    into: "Shell",
    code: part => `rclone copy --progress ${shell(`${PROFILE}:${part.bucket}/${gatewayKey(part)}`)} .`,
  },
  {
    id: "s5cmd",
    tool: "s5cmd",
    into: "Shell",
    code: (part, endpoint) =>
      [
        `s5cmd --profile ${PROFILE} --endpoint-url ${shell(endpoint)} \\`,
        `  cp ${shell(part.isFile ? gatewayUri(part) : `${gatewayUri(part)}*`)} .`,
      ].join("\n"),
  },
  {
    id: "duckdb",
    tool: "DuckDB",
    into: "SQL",
    code: part =>
      `SELECT * FROM ${sql(part.isFile ? gatewayUri(part) : `${gatewayUri(part)}**/*.parquet`)} LIMIT 10;`,
  },
  {
    id: "pandas",
    tool: "pandas",
    into: "Python",
    code: (part, endpoint) =>
      [
        "import pandas as pd",
        "",
        `table = pd.${/\.parquet$/i.test(part.path) ? "read_parquet" : "read_csv"}(`,
        `    ${python(part.isFile ? gatewayUri(part) : `${gatewayUri(part)}FILE.csv`)},`,
        `    storage_options={"profile": ${python(PROFILE)}, "endpoint_url": ${python(endpoint)}},`,
        ")",
      ].join("\n"),
  },
  {
    id: "polars",
    tool: "polars",
    into: "Python",
    code: (part, endpoint) =>
      [
        "import os",
        "import polars as pl",
        "",
        "# AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY hold the key pair.",
        `table = pl.${/\.csv$/i.test(part.path) ? "scan_csv" : "scan_parquet"}(`,
        `    ${python(part.isFile ? gatewayUri(part) : `${gatewayUri(part)}**/*.parquet`)},`,
        "    storage_options={",
        `        "endpoint_url": ${python(endpoint)},`,
        '        "aws_access_key_id": os.environ["AWS_ACCESS_KEY_ID"],',
        '        "aws_secret_access_key": os.environ["AWS_SECRET_ACCESS_KEY"],',
        "    },",
        ").collect()",
      ].join("\n"),
  },
  {
    id: "r",
    tool: "R",
    into: "R",
    code: part =>
      [
        "# `files` is the file system of your S3 access.",
        part.isFile
          ? `table <- arrow::read_${/\.csv$/i.test(part.path) ? "csv_arrow" : "parquet"}(files$path(${python(`${part.bucket}/${gatewayKey(part)}`)}))`
          : `table <- arrow::open_dataset(files$path(${python(`${part.bucket}/${gatewayKey(part)}`)}))`,
      ].join("\n"),
  },
];

/** Commands that download from an address that needs no header. */
export const ADDRESS_COMMANDS: readonly Snippet<[url: string, name: string]>[] = [
  {
    id: "curl",
    tool: "curl",
    into: "Shell",
    code: (url, name) => `curl --fail --continue-at - --output ${shell(name)} \\\n  ${quoted(url)}`,
  },
  {
    id: "wget",
    tool: "wget",
    into: "Shell",
    code: (url, name) => `wget --continue --output-document ${shell(name)} \\\n  ${quoted(url)}`,
  },
  {
    id: "aria2c",
    tool: "aria2c",
    into: "Shell",
    code: (url, name) =>
      `aria2c --continue --split 8 --max-connection-per-server 8 --out ${shell(name)} \\\n  ${quoted(url)}`,
  },
];

/** Unpacks while it comes; nothing but the files is stored. */
export const tarPipe = (url: string) =>
  `curl --fail --silent --show-error \\\n  ${quoted(url)} |\n  tar --extract`;

/** An address is percent-encoded, and has an ampersand and an equals sign, which shells take for their own. */
const quoted = (url: string) => `'${url.replaceAll("'", "%27")}'`;

/** The name of an archive that the S3 proxy gives it, without the ending. */
export function archiveName(name: string, topHash: string, path: string): string {
  const folder = path ? `-${nameOf(path)}` : "";
  return `${nameOf(name)}-${topHash.slice(0, 8)}${folder}`;
}
