import { expect, test } from "vitest";
import { ADDRESS_COMMANDS, archiveName, GATEWAY_READERS, gatewayUri, SET_UPS, tarPipe } from "./snippets";

const ACCESS = {
  endpoint: "http://localhost:5003",
  region: "us-east-1",
  accessKeyId: "PK3Q7ZJ0M5T1XW8B2VDN",
  secretAccessKey: "s3cr'et+/",
};
const FOLDER = { bucket: "lab", name: "amy/wine", revision: "latest", path: "it's data", isFile: false };
const FILE = { ...FOLDER, path: "a b.csv", isFile: true };

const setUp = (id: string, access = ACCESS) => SET_UPS.find(each => each.id === id)?.code(access) ?? "";
const read = (id: string, part = FOLDER) =>
  GATEWAY_READERS.find(each => each.id === id)?.code(part, ACCESS.endpoint) ?? "";

test("every tool is told the gateway and both keys", () => {
  for (const { tool, code } of SET_UPS) {
    const text = code({ ...ACCESS, secretAccessKey: "SECRET" });
    expect(text, tool).toContain("localhost:5003");
    expect(text, tool).toContain(ACCESS.accessKeyId);
    expect(text, tool).toContain("SECRET");
  }
});

test("keys are quoted as the tool's language does it", () => {
  expect(setUp("duckdb")).toContain("SECRET 's3cr''et+/'");
  expect(setUp("s3fs")).toContain(`secret="s3cr'et+/"`);
});

test("tools that take a host are told whether it speaks TLS", () => {
  expect(setUp("duckdb")).toContain("USE_SSL false");
  expect(setUp("duckdb", { ...ACCESS, endpoint: "https://packages.example.com" })).toContain(
    "ENDPOINT 'packages.example.com'",
  );
  expect(setUp("r-arrow")).toContain('scheme = "http"');
});

test("folders end with a slash at the gateway, and the whole revision, too", () => {
  expect(gatewayUri(FOLDER)).toBe("s3://lab/amy/wine/latest/it's data/");
  expect(gatewayUri({ ...FOLDER, path: "" })).toBe("s3://lab/amy/wine/latest/");
  expect(gatewayUri(FILE)).toBe("s3://lab/amy/wine/latest/a b.csv");
});

test("paths are quoted in shells, SQL and Python", () => {
  expect(read("aws")).toBe(
    `aws --profile patchwork s3 cp --recursive 's3://lab/amy/wine/latest/it'\\''s data/' .`,
  );
  expect(read("duckdb")).toContain("FROM 's3://lab/amy/wine/latest/it''s data/**/*.parquet'");
  expect(read("pandas", FILE)).toContain('pd.read_csv(\n    "s3://lab/amy/wine/latest/a b.csv"');
});

test("commands that download can go on where they stopped, and quote the address", () => {
  const url = "http://s3.test/-/archive/lab/amy/wine/aa.tar?path=it%27s&ticket=x";
  for (const { tool, code } of ADDRESS_COMMANDS) {
    expect(code(url, "wine.tar"), tool).toMatch(/continue/);
    expect(code(url, "wine.tar"), tool).toContain(`'${url}'`);
  }
  expect(tarPipe(url)).toContain(`'${url}' |\n  tar --extract`);
});

test("an archive is called after the package, its revision and the folder", () => {
  expect(archiveName("amy/wine", "7a67ff45a4a4", "data/2026")).toBe("wine-7a67ff45-2026");
  expect(archiveName("amy/wine", "7a67ff45a4a4", "")).toBe("wine-7a67ff45");
});
