/** Makes what lives as long as the page, once, from the configuration. */
import type { ReactNode } from "react";
import { Client } from "@/api/client";
import { ApiContext } from "@/api/context";
import type { CatalogConfig } from "@/api/models";
import { Session } from "@/api/session";
import { t } from "@/language/en/app";
import { S3 } from "@/s3/client";
import { type Services, ServicesContext } from "@/s3/context";
import { VendedSource } from "@/s3/credentials";
import { Tickets } from "@/s3/tickets";

export function createServices(config: CatalogConfig): Services {
  const session = new Session(config.registryUrl);
  const client = new Client(config.registryUrl, session);
  const credentials = new VendedSource(client);
  return {
    config,
    session,
    client,
    credentials,
    s3: new S3(config.s3Proxy, config.region, credentials),
    readers: new Client(config.s3Proxy, session, t.fileStore),
    tickets: new Tickets(client),
  };
}

export function ServicesProvider({ services, children }: { services: Services; children: ReactNode }) {
  return (
    <ApiContext value={services}>
      <ServicesContext value={services}>{children}</ServicesContext>
    </ApiContext>
  );
}
