import { expect, test } from "vitest";
import { address } from "./locations";
import { presign, queryString, sign, type Scope } from "./signing";

/** Made with botocore 1.43: S3SigV4Auth and S3SigV4QueryAuth. */
const VECTORS = [
  {
    key: "plain.txt",
    path: "/plain.txt",
    header: "2258784eb57de01f2c0f6ab925812721a0639e576d42f006cd28133dbec7aa6d",
    presigned: "58ee0029f4867345bebe46aee88a45d46fa697b0098d2f84e71559d11776360d",
  },
  {
    key: "a b/ü+%41.csv",
    path: "/a%20b/%C3%BC%2B%2541.csv",
    header: "0ce94ba7965a1a343a7350d3e0caba905ff33382f896ef42ca2613eda6d669b1",
    presigned: "755c256d498b36e646073faf19fffc707ea47982b58cc76fa283dd1c3ac0dbb1",
  },
  {
    key: "x//y",
    path: "/x//y",
    header: "29c6822241907d625fd614d3a3208f53936482070e6bbabce94a1590edba6d49",
    presigned: "5c10bc8c03014325660ec4ed27ca9e6559aa2a51fe10c344cf72f8bd792a3e9e",
  },
  {
    key: "100%/%2F",
    path: "/100%25/%252F",
    header: "dfa340af4aadd8185ce5a7566592e1d486aae36acd0d2e4077ce0b839ca5bcdc",
    presigned: "b96456e4e25c4452fccadcc3cc3aec4b8744cdb4140cba2e412ebbd2225d0b4d",
  },
  {
    key: "~!*'()",
    path: "/~%21%2A%27%28%29",
    header: "31506896f8a6b7f188ed58301a9ac8b9c8aeb6b6177c0cc4ce083a98be24ddd1",
    presigned: "78327ddc875840d88ceaa7408091f042cc2e55e0a66c4e66123bcd1486cbb102",
  },
  {
    key: "日本/😀.txt",
    path: "/%E6%97%A5%E6%9C%AC/%F0%9F%98%80.txt",
    header: "7e35a192a8778ccf502d8a3442e7af6155c54e763de8370ace383da218e134b9",
    presigned: "62017f02b2186b80f787d84f53411a64fe5db4c525ab43dc1d7a2574c12c1a19",
  },
  {
    key: "/lead",
    path: "//lead",
    header: "d497948a7e7ed4e6c56b8407af23cd2aa0fb80e0915c6aa006e82883cb9585b5",
    presigned: "0d2d325aab6dc5a531af3ce7f5998872585f8b26829fd539c034d4b589c38b36",
  },
  {
    key: "a?b=c&d#e",
    path: "/a%3Fb%3Dc%26d%23e",
    header: "b12c484c2c5835ad232bc09d8b380b1961aa8ff2635971ffc8b775870151734c",
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
      `SignedHeaders=host;range;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=${header}`,
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
