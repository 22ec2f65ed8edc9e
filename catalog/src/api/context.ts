/** The registry, for everything below the page: who is signed in, and the client that acts for them. */
import { createContext, use, useSyncExternalStore } from "react";
import type { Client } from "./client";
import type { CatalogConfig } from "./models";
import type { Session, SessionState } from "./session";

export interface Api {
  config: CatalogConfig;
  session: Session;
  client: Client;
}

export const ApiContext = createContext<Api | null>(null);

export function useApi(): Api {
  const api = use(ApiContext);
  if (!api) throw new Error("useApi outside of its provider");
  return api;
}

export function useSession(): SessionState {
  const { session } = useApi();
  return useSyncExternalStore(session.subscribe, session.state);
}
