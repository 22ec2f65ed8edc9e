/** What can go wrong with a request, whoever was asked. */

import { t } from "@/language/en/lib";

export type Trouble =
  | "unauthenticated"
  | "forbidden"
  | "missing"
  | "conflict"
  | "too-large"
  | "too-many"
  | "refused"
  | "broken"
  | "unreachable"
  | "slow"
  | "unloaded";

export interface RequestFailure {
  /** 0 when there was no answer. */
  status: number;
  message: string;
  trouble: Trouble;
  retryAfter?: number | null;
  requestId?: string | null;
  /** S3's error code, or the last part of the problem's type. */
  code?: string | null;
  /** Where and why, one by one. */
  errors?: readonly Record<string, unknown>[];
  /** A text that cannot be read, and how many of its characters (code points) stand before the mistake. */
  query?: string | null;
  position?: number | null;
  /** All that the problem says. */
  members?: Readonly<Record<string, unknown>>;
}

export class RequestError extends Error {
  readonly status: number;
  readonly trouble: Trouble;
  /** Seconds. */
  readonly retryAfter: number | null;
  readonly requestId: string | null;
  readonly code: string | null;
  readonly errors: readonly Record<string, unknown>[];
  readonly query: string | null;
  readonly position: number | null;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(failure: RequestFailure) {
    super(failure.message);
    this.name = "RequestError";
    this.status = failure.status;
    this.trouble = failure.trouble;
    this.retryAfter = failure.retryAfter ?? null;
    this.requestId = failure.requestId ?? null;
    this.code = failure.code ?? null;
    this.errors = failure.errors ?? [];
    this.query = failure.query ?? null;
    this.position = failure.position ?? null;
    this.members = failure.members ?? {};
  }
}

export function troubleOf(status: number): Trouble {
  switch (status) {
    case 401:
      return "unauthenticated";
    case 403:
      return "forbidden";
    case 404:
    case 410:
      return "missing";
    case 409:
    case 412:
      return "conflict";
    case 413:
      return "too-large";
    case 429:
      return "too-many";
    default:
      return status >= 500 ? "broken" : "refused";
  }
}

/** `Retry-After` in seconds, from either of its forms. */
export function retryAfter(header: string | null, now = Date.now()): number | null {
  if (!header) return null;
  if (/^\d+$/.test(header)) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - now) / 1000));
}

/** Worth asking again without the person's doing. */
export function isPassing(error: unknown): boolean {
  return error instanceof RequestError && ["broken", "unreachable", "slow"].includes(error.trouble);
}

/** The failure of something that was tried on purpose, in one sentence. */
export function errorMessage(error: unknown): string {
  if (!(error instanceof RequestError)) return t.somethingWentWrong;
  if (error.trouble === "too-many" && error.retryAfter)
    return t.tryAgainS(error.message.replace(/\.?$/, "."), error.retryAfter);
  return error.message;
}
