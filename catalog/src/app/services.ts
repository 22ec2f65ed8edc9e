/** What lives as long as the page: made once from the configuration. */
import { createContext, use, useSyncExternalStore } from "react";
import { Client } from "@/api/client";
import type { CatalogConfig } from "@/api/models";
import { Session, type SessionState } from "@/api/session";
import { S3 } from "@/s3/client";
import { VendedSource } from "@/s3/credentials";

export interface Services {
  config: CatalogConfig;
  session: Session;
  client: Client;
  credentials: VendedSource;
  s3: S3;
}

export function createServices(config: CatalogConfig): Services {
  const session = new Session(config.registryUrl);
  const client = new Client(config.registryUrl, session);
  const credentials = new VendedSource(client);
  return { config, session, client, credentials, s3: new S3(config.s3Proxy, config.region, credentials) };
}

export const ServicesContext = createContext<Services | null>(null);

export function useServices(): Services {
  const services = use(ServicesContext);
  if (!services) throw new Error("useServices outside of its provider");
  return services;
}

export function useSession(): SessionState {
  const { session } = useServices();
  return useSyncExternalStore(session.subscribe, session.state);
}
