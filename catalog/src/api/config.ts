/** Where everything is: read once, from the catalog's own host. */
import { t } from "@/language/en/services";
import { RequestError } from "@/lib/errors";
import type { CatalogConfig } from "./models";

const bare = (url: string) => url.replace(/\/+$/, "");

export async function loadConfig(): Promise<CatalogConfig> {
  let answer: Response;
  try {
    answer = await fetch("/config.json", { cache: "no-store" });
  } catch {
    throw new RequestError({
      status: 0,
      trouble: "unreachable",
      message: t.catalogsConfigurationCannot,
    });
  }
  if (!answer.ok)
    throw new RequestError({
      status: answer.status,
      trouble: "broken",
      message: t.catalogsConfigurationCannotRead(answer.status),
    });
  const config = (await answer.json()) as CatalogConfig;
  return {
    ...config,
    registryUrl: bare(config.registryUrl),
    s3Proxy: config.s3Proxy.startsWith("/") ? location.origin + bare(config.s3Proxy) : bare(config.s3Proxy),
    navigator_url: bare(config.navigator_url || location.origin),
  };
}
