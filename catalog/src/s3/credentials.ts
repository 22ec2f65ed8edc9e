/** Temporary S3 credentials of the person who is signed in, renewed before they end. */
import type { Client } from "@/api/client";
import type { VendedCredentials } from "@/api/models";
import { t } from "@/language/en/services";
import { RequestError } from "@/lib/errors";
import type { CredentialSource } from "./client";
import type { Credentials } from "./signing";

const RENEWAL_MARGIN_MILLISECONDS = 120_000;

export class VendedSource implements CredentialSource {
  #held: { credentials: Credentials; end: number } | null = null;
  #asking: Promise<Credentials> | null = null;
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async get(stale?: Credentials): Promise<Credentials> {
    const held = this.#held;
    if (held && held.credentials !== stale && Date.now() < held.end) return held.credentials;
    this.#asking ??= this.#vend().finally(() => (this.#asking = null));
    return this.#asking;
  }

  forget(): void {
    this.#held = null;
  }

  async #vend(): Promise<Credentials> {
    const vended = await this.#client.call<VendedCredentials>("/api/auth/get_credentials");
    const end = Date.parse(vended.Expiration);
    if (end <= Date.now())
      throw new RequestError({
        status: 0,
        trouble: "refused",
        message: t.computersClockAhead,
      });
    const credentials = {
      accessKeyId: vended.AccessKeyId,
      secretAccessKey: vended.SecretAccessKey,
      sessionToken: vended.SessionToken || null,
    };
    this.#held = { credentials, end: Math.max(end - RENEWAL_MARGIN_MILLISECONDS, Date.now() + 10_000) };
    return credentials;
  }
}
