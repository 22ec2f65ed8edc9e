import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Client } from "./client";
import { Session } from "./session";

/** What the registry would answer, one after the other. */
let answers: { status: number; body?: unknown }[];
let asked: string[];

beforeEach(() => {
  answers = [];
  asked = [];
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    const authorization = (init.headers as Record<string, string>).Authorization;
    asked.push([init.method, new URL(url).pathname, authorization].filter(Boolean).join(" "));
    const { status, body } = answers.shift() ?? { status: 500 };
    return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body ?? {}), { status }));
  });
});
afterEach(() => vi.unstubAllGlobals());

const inAnHour = () => Math.floor(Date.now() / 1000) + 3_600;
const token = (name: string, exp = inAnHour()) => ({ status: 200, body: { token: name, exp } });

const made = () => {
  const session = new Session("http://registry");
  return { session, client: new Client("http://registry", session) };
};

test("the cookie's session is taken up", async () => {
  const { session, client } = made();
  answers = [token("one"), { status: 200, body: { it: "works" } }];
  await session.restore();
  expect(session.state()).toBe("in");
  expect(await client.call("/api/me")).toEqual({ it: "works" });
  expect(asked).toEqual(["POST /api/v1/session/refresh", "GET /api/me Bearer one"]);
});

test("without a cookie nobody is signed in, and nothing is asked", async () => {
  const { session, client } = made();
  answers = [{ status: 401 }];
  await session.restore();
  expect(session.state()).toBe("out");
  await expect(client.call("/api/me")).rejects.toMatchObject({ status: 401 });
  expect(asked).toHaveLength(1);
});

test("when the registry is down, nobody knows", async () => {
  const { session } = made();
  answers = [{ status: 503 }];
  await session.restore();
  expect(session.state()).toBe("unknown");
  expect(session.trouble).toMatchObject({ status: 503 });
});

test("a token is renewed before its end, once for all who wait", async () => {
  const { session, client } = made();
  answers = [
    token("one", Math.floor(Date.now() / 1000) + 30),
    token("two"),
    { status: 200 },
    { status: 200 },
  ];
  await session.restore();
  await Promise.all([client.call("/a"), client.call("/b")]);
  expect(asked.slice(1)).toEqual(["POST /api/v1/session/refresh", "GET /a Bearer two", "GET /b Bearer two"]);
});

test("a refused token is renewed once", async () => {
  const { session, client } = made();
  answers = [token("one"), { status: 401 }, token("two"), { status: 200, body: 7 }];
  await session.restore();
  expect(await client.call("/a")).toBe(7);
  expect(asked.at(-1)).toBe("GET /a Bearer two");
});

test("when the session has ended, everybody is told", async () => {
  const { session, client } = made();
  answers = [token("one"), { status: 401 }, { status: 401 }];
  await session.restore();
  const told = vi.fn();
  session.subscribe(told);
  await expect(client.call("/a")).rejects.toMatchObject({ status: 401 });
  expect(session.state()).toBe("out");
  expect(told).toHaveBeenCalledOnce();
});

test("signing out ends it here and there", async () => {
  const { session } = made();
  answers = [token("one"), { status: 204 }];
  await session.signIn("amy", "secret");
  await session.signOut();
  expect(session.state()).toBe("out");
  expect(asked).toEqual(["POST /api/v1/session", "DELETE /api/v1/session Bearer one"]);
});

test("a code is sent only where the registry asked for one", async () => {
  const { session } = made();
  const bodies: unknown[] = [];
  vi.stubGlobal("fetch", (_: string, init: RequestInit) => {
    bodies.push(JSON.parse(init.body as string));
    return Promise.resolve(new Response(JSON.stringify({ token: "one", exp: inAnHour() })));
  });
  await session.signIn("amy", "secret");
  await session.signIn("amy", "secret", "492039");
  expect(bodies).toEqual([
    { username: "amy", password: "secret" },
    { username: "amy", password: "secret", code: "492039" },
  ]);
});

test("somebody who must set up a second factor stays so through renewals, until it is done", async () => {
  const { session, client } = made();
  const missing = { status: 403, body: { type: "/problems/second_factor_missing", detail: "Set one up" } };
  answers = [token("one"), missing, token("two")];
  await session.restore();
  await expect(client.call("/api/v1/buckets")).rejects.toMatchObject({ code: "second_factor_missing" });
  expect(session.state()).toBe("enrolling");
  expect(await session.another("one")).toBe("two");
  expect(session.state()).toBe("enrolling");
  session.enrolled();
  expect(session.state()).toBe("in");
});
