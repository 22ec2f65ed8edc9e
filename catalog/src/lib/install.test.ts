import { expect, test } from "vitest";
import { browseCode, installCommand, setUp, shell } from "./install";

const AWS = {
  catalog: "https://quilt.example.com",
  registry: "https://registry.example.com",
  s3Endpoint: null,
};

test("on AWS nobody needs an endpoint", () => {
  expect(setUp(AWS)).toBe("pip install quilt3\nquilt3 config https://quilt.example.com\nquilt3 login");
});

test("elsewhere everybody does", () => {
  expect(setUp({ ...AWS, s3Endpoint: "http://localhost:5001" })).toContain(
    "export AWS_ENDPOINT_URL=http://localhost:5001\n",
  );
  expect(browseCode({ bucket: "b", name: "a/b", topHash: null }, "http://localhost:5001")).toContain(
    'os.environ.setdefault(\n    "AWS_ENDPOINT_URL",\n    "http://localhost:5001",\n)',
  );
});

test("commands name the revision and the path, quoted where shells need it", () => {
  const wanted = { bucket: "b", name: "amy/wine", topHash: "7a67", path: "it's here.csv" };
  expect(installCommand(wanted, null).split(" \\\n  ")).toEqual([
    "quilt3 install amy/wine",
    "--registry s3://b",
    "--top-hash 7a67",
    "--path 'it'\\''s here.csv'",
    "--dest .",
  ]);
  expect(installCommand(wanted, "http://s3:1")).toMatch(/^export AWS_ENDPOINT_URL=http:\/\/s3:1\nquilt3 /);
});

test("code names them, too", () => {
  expect(browseCode({ bucket: "b", name: "amy/wine", topHash: "7a67", path: 'x/"y".csv' }, null)).toBe(
    [
      "import quilt3 as q3",
      "",
      "package = q3.Package.browse(",
      '    "amy/wine",',
      '    registry="s3://b",',
      '    top_hash="7a67",',
      ")",
      'package["x/\\"y\\".csv"].fetch("./\\"y\\".csv")',
    ].join("\n"),
  );
});

test.each([
  ["plain-1.0_x/y", "plain-1.0_x/y"],
  ["$(rm)", "'$(rm)'"],
])("%s in a shell", (text, quoted) => {
  expect(shell(text)).toBe(quoted);
});
