import { expect, test } from "vitest";
import { address } from "./locations";
import { presign, queryString, type Scope, sign } from "./signing";

/** Made with botocore 1.43: S3SigV4Auth, without the range, and S3SigV4QueryAuth. */
const VECTORS = [
  {
    key: "plain.txt",
    path: "/plain.txt",
    header: "22e2aedf46862e423113d85e35bbcd1cb7e3940ea76968d39d3014d8121a663d",
    presigned: "58ee0029f4867345bebe46aee88a45d46fa697b0098d2f84e71559d11776360d",
  },
  {
    key: "a b/ü+%41.csv",
    path: "/a%20b/%C3%BC%2B%2541.csv",
    header: "7253c23ccb7739705af0062bf8c40213a9a28cb8c0b177af66d35f533be8647d",
    presigned: "755c256d498b36e646073faf19fffc707ea47982b58cc76fa283dd1c3ac0dbb1",
  },
  {
    key: "x//y",
    path: "/x//y",
    header: "0ae644d5068c615014849d9f4f78ef35f5a1bca06c8c93ad6bac7b7d4c1eb8bb",
    presigned: "5c10bc8c03014325660ec4ed27ca9e6559aa2a51fe10c344cf72f8bd792a3e9e",
  },
  {
    key: "100%/%2F",
    path: "/100%25/%252F",
    header: "391a4e9b600ac78cdacc6984e8bc986df34e0e95e63da93e269688899853c5be",
    presigned: "b96456e4e25c4452fccadcc3cc3aec4b8744cdb4140cba2e412ebbd2225d0b4d",
  },
  {
    key: "~!*'()",
    path: "/~%21%2A%27%28%29",
    header: "e15ba9002488f8bdb062038347972b0b9b01c6b6d509f99ed399f479a055b2a5",
    presigned: "78327ddc875840d88ceaa7408091f042cc2e55e0a66c4e66123bcd1486cbb102",
  },
  {
    key: "日本/😀.txt",
    path: "/%E6%97%A5%E6%9C%AC/%F0%9F%98%80.txt",
    header: "3e74c460008ad99331b40a85d9c1af99e1fa6cd4662e48b645450c62ccb1ca9e",
    presigned: "62017f02b2186b80f787d84f53411a64fe5db4c525ab43dc1d7a2574c12c1a19",
  },
  {
    key: "/lead",
    path: "//lead",
    header: "6f62dbde2332241b8989d6bc4d9f83edd0233e751a79e5b7c6bd0b1702b537b5",
    presigned: "0d2d325aab6dc5a531af3ce7f5998872585f8b26829fd539c034d4b589c38b36",
  },
  {
    key: "a?b=c&d#e",
    path: "/a%3Fb%3Dc%26d%23e",
    header: "b916614dd7060f35f16af47628f0dcb764abd50979a31cc31ddc113ed86441ef",
    presigned: "5ee509e410515887fb459ad416205f9132ebce80d1f1958bcd53181ab2c39d0e",
  },
] as const;

const SCOPE: Scope = {
  credentials: {
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    sessionToken: "token/with+odd=characters",
  },
  region: "us-east-1",
  now: new Date("2026-11-20T12:34:56Z"),
};
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

test.each(VECTORS)("a request for $key is signed as botocore signs it", ({ key, path, header }) => {
  const at = address("my-bucket", key, "us-east-1");
  expect(at).toEqual({ host: "my-bucket.s3.us-east-1.amazonaws.com", path });
  const sent = sign(
    { method: "GET", ...at, headers: { range: "bytes=0-9", "x-amz-content-sha256": EMPTY } },
    SCOPE,
  );
  expect(sent["x-amz-date"]).toBe("20261120T123456Z");
  expect(sent.authorization).toBe(
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/us-east-1/s3/aws4_request, " +
      `SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=${header}`,
  );
});

test.each(VECTORS)("an address of $key is presigned as botocore presigns it", ({ key, presigned }) => {
  const query = {
    versionId: "v+/1",
    "response-content-disposition": "attachment; filename*=UTF-8''a%20b.csv",
  };
  const signed = presign({ method: "GET", ...address("my-bucket", key, "us-east-1"), query }, 3600, SCOPE);
  expect(new URLSearchParams(signed).get("X-Amz-Signature")).toBe(presigned);
  expect(new URLSearchParams(signed).get("versionId")).toBe("v+/1");
});

test("unsigned payloads and no session token are the default", () => {
  const credentials = { ...SCOPE.credentials, sessionToken: null };
  const sent = sign({ method: "PUT", host: "h", path: "/" }, { ...SCOPE, credentials });
  expect(sent["x-amz-content-sha256"]).toBe("UNSIGNED-PAYLOAD");
  expect(sent).not.toHaveProperty("x-amz-security-token");
});

test("query strings are sorted and encoded", () => {
  expect(queryString({ uploads: "", "b c": "d+e/f", a: "~*" })).toBe("a=~%2A&b%20c=d%2Be%2Ff&uploads=");
});
