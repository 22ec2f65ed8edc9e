/** One HTTP exchange with a service: a JSON answer or a RequestError. */
import { t } from "@/language/en/services";
import { RequestError, retryAfter, troubleOf } from "@/lib/errors";
import { parseJsonWith, writeJson } from "@/lib/json";
import type { QueryProblem } from "./models";

const TIMEOUT_MILLISECONDS = 60_000;
const PROBE_MILLISECONDS = 5_000;

/** Members that people fill: what is in them stays as they wrote it. */
const METADATA_MEMBERS: ReadonlySet<string> = new Set(["details", "meta", "metadata", "user_meta"]);

export interface Exchange {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  body?: unknown;
  headers?: Record<string, string>;
  credentials?: RequestCredentials;
  signal?: AbortSignal | undefined;
}

/** `fetch` that throws RequestErrors. An abort by the caller passes through as it is. */
export async function ask(url: string, init: RequestInit, who: string): Promise<Response> {
  const timeout = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
  try {
    return await fetch(url, { ...init, signal });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    if (timeout.aborted)
      throw new RequestError({
        status: 0,
        trouble: "slow",
        message: t.didNotAnswer(who),
      });
    throw await noAnswer(url, who);
  }
}

/** What it means that a browser gave no answer: nothing answers there, or something that the page may not read. */
export async function noAnswer(url: string, who: string): Promise<RequestError> {
  return (await isThere(url))
    ? new RequestError({
        status: 0,
        trouble: "broken",
        message: t.answeredButNot(who),
      })
    : new RequestError({ status: 0, trouble: "unreachable", message: t.cannotReached(who) });
}

/** An answer without CORS headers looks like none, except to a request that does not want to read it. */
async function isThere(url: string): Promise<boolean> {
  if (!navigator.onLine) return false;
  try {
    const signal = AbortSignal.timeout(PROBE_MILLISECONDS);
    const root = new URL("/", new URL(url, location.href));
    await fetch(root, { method: "HEAD", mode: "no-cors", credentials: "omit", cache: "no-store", signal });
    return true;
  } catch {
    return false;
  }
}

/** `who`: the service that is asked, as sentences about its failures call it. */
export async function exchange<T>(url: string, options: Exchange = {}, who = t.registry): Promise<T> {
  const { method = "GET", body, headers = {}, credentials = "omit", signal } = options;
  const answer = await ask(
    url,
    {
      method,
      credentials,
      signal: signal ?? null,
      headers: {
        Accept: "application/json",
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: writeJson(body) }),
    },
    who,
  );
  if (!answer.ok) throw await refusal(answer);
  if (answer.status === 204) return undefined as T;
  try {
    return parseJsonWith(await answer.text(), METADATA_MEMBERS) as T;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new RequestError({
      status: answer.status,
      trouble: "broken",
      message: t.answerCutOff(who),
    });
  }
}

export async function refusal(answer: Response): Promise<RequestError> {
  let problem: Partial<QueryProblem> = {};
  try {
    problem = (await answer.json()) as typeof problem;
  } catch {
    // Something in between answered, not the registry: its status must do.
  }
  return new RequestError({
    status: answer.status,
    trouble: troubleOf(answer.status),
    message: problem.detail ?? problem.message ?? (answer.statusText || `HTTP ${answer.status}`),
    retryAfter: retryAfter(answer.headers.get("Retry-After")),
    requestId: answer.headers.get("X-Request-Id"),
    code: problem.type?.split("/").pop() ?? null,
    query: problem.query ?? null,
    position: problem.position ?? null,
    members: problem,
    ...(Array.isArray(problem.errors) ? { errors: problem.errors } : {}),
  });
}
