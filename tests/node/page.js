// What a browser lets a page of another origin send and read (Fetch, "CORS protocol"): SDKs in Node, held to it, see
// what they would see in a web catalog.

const ORIGIN = "https://catalog.example";
const SIMPLE_METHODS = new Set(["GET", "HEAD", "POST"]);
const SIMPLE_REQUEST_HEADERS = new Set(["accept", "accept-language", "content-language"]);
const SET_BY_BROWSERS = new Set([
  "accept-encoding",
  "connection",
  "content-length",
  "expect",
  "host",
  "origin",
  "transfer-encoding",
]);
const ALWAYS_READABLE = new Set([
  "cache-control",
  "content-language",
  "content-length",
  "content-type",
  "expires",
  "last-modified",
  "pragma",
]);

export class Blocked extends Error {
  name = "Blocked";
}

export class Page {
  // Every request that passed: its method, what its preflight asked for, and what the page could not read of the answer.
  requests = [];

  // Sends the preflight of a request, if it needs one; throws Blocked where a browser would not send the request.
  // Returns what takes from the answer's headers (by lower-case names) those that the page may not read.
  async ask(method, url, headers) {
    const asked = unsafe(headers);
    if (asked.length || !SIMPLE_METHODS.has(method)) {
      const answer = await fetch(url, {
        method: "OPTIONS",
        redirect: "manual",
        headers: {
          origin: ORIGIN,
          "access-control-request-method": method,
          ...(asked.length && { "access-control-request-headers": asked.join(",") }),
        },
      });
      if (!answer.ok) throw new Blocked(`The preflight was answered ${answer.status}`);
      admit(name => answer.headers.get(name));
      const methods = list(answer.headers.get("access-control-allow-methods"));
      if (!SIMPLE_METHODS.has(method) && !methods.includes(method) && !methods.includes("*"))
        throw new Blocked(`${method} is not allowed`);
      const allowed = list(answer.headers.get("access-control-allow-headers")).map(lower);
      const refused = asked.filter(
        name => !allowed.includes(name) && (name === "authorization" || !allowed.includes("*")),
      );
      if (refused.length) throw new Blocked(`Not allowed: ${refused}`);
    }
    headers.Origin = ORIGIN;
    const record = { method, asked };
    this.requests.push(record);
    return answered => {
      admit(name => answered[name]);
      const exposed = list(answered["access-control-expose-headers"]).map(lower);
      const readable = name => exposed.includes("*") || exposed.includes(name) || ALWAYS_READABLE.has(name);
      record.withheld = Object.keys(answered).filter(name => !readable(name));
      for (const name of record.withheld) delete answered[name];
    };
  }
}

// The names that a preflight asks for. In browsers, where these SDKs may not set `User-Agent`, they send another.
function unsafe(headers) {
  const names = Object.keys(headers)
    .map(lower)
    .map(name => (name === "user-agent" ? "x-amz-user-agent" : name))
    .filter(name => !SIMPLE_REQUEST_HEADERS.has(name) && !SET_BY_BROWSERS.has(name));
  return [...new Set(names)].sort();
}

function admit(header) {
  const origin = header("access-control-allow-origin");
  if (origin !== "*" && origin !== ORIGIN) throw new Blocked(`Only for ${origin}`);
}

function list(value) {
  return (value ?? "")
    .split(",")
    .map(item => item.trim())
    .filter(Boolean);
}

function lower(name) {
  return name.toLowerCase();
}
