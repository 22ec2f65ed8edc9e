/** What lives as long as the page: the registry, and the files in S3. */
import { createContext, use } from "react";
import type { Client } from "@/api/client";
import type { Api } from "@/api/context";
import type { S3 } from "./client";
import type { VendedSource } from "./credentials";
import type { Tickets } from "./tickets";

export interface Services extends Api {
  credentials: VendedSource;
  s3: S3;
  /** What the S3 proxy says about the contents of files. */
  readers: Client;
  tickets: Tickets;
}

export const ServicesContext = createContext<Services | null>(null);

export function useServices(): Services {
  const services = use(ServicesContext);
  if (!services) throw new Error("useServices outside of its provider");
  return services;
}
