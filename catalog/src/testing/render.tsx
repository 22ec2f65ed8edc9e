/** Components as they stand in the page: signed in, with a router, and with queries that do not retry. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, type RenderResult } from "@testing-library/react";
import userEvent, { type UserEvent } from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { type ReactNode, useEffect } from "react";
import { createMemoryRouter, RouterProvider, useLocation } from "react-router";
import type { CatalogConfig } from "@/api/models";
import { createServices, ServicesProvider } from "@/app/services";
import { LeaveGuard } from "@/ui/LeaveGuard";
import { REGISTRY, S3_PROXY, server } from "./server";

const HOUR = 3_600;

interface Rendered extends RenderResult {
  user: UserEvent;
  /** Where the page is. */
  address: () => string;
}

/** `at`: the address of the page. `config`: what this installation has besides. */
export function renderSignedIn(children: ReactNode, at = "/", config: Partial<CatalogConfig> = {}): Rendered {
  server.use(
    http.post(`${REGISTRY}/api/v1/session/refresh`, () =>
      HttpResponse.json({ token: "a token", exp: Date.now() / 1000 + HOUR }),
    ),
    http.get(`${REGISTRY}/api/auth/get_credentials`, () =>
      HttpResponse.json({
        AccessKeyId: "AKIATEST",
        SecretAccessKey: "secret",
        SessionToken: "session",
        Expiration: new Date(Date.now() + HOUR * 1000).toISOString(),
      }),
    ),
  );
  return renderAt(children, at, config);
}

/** The same for who has no session. */
export function renderSignedOut(children: ReactNode, at = "/"): Rendered {
  server.use(
    http.post(`${REGISTRY}/api/v1/session/refresh`, () =>
      HttpResponse.json({ title: "Sign in", status: 401, detail: "No session" }, { status: 401 }),
    ),
  );
  return renderAt(children, at);
}

function renderAt(children: ReactNode, at: string, config: Partial<CatalogConfig> = {}): Rendered {
  const services = createServices({
    registryUrl: REGISTRY,
    s3Proxy: S3_PROXY,
    region: "us-east-1",
    ...config,
  } as CatalogConfig);
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const user = userEvent.setup();
  let address = at;
  const element = (
    <>
      {children}
      <LeaveGuard />
      <Address changed={to => (address = to)} />
    </>
  );
  const router = createMemoryRouter([{ path: "*", element }], { initialEntries: [at] });
  return {
    user,
    address: () => address,
    ...render(
      <ServicesProvider services={services}>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </ServicesProvider>,
    ),
  };
}

function Address({ changed }: { changed: (address: string) => unknown }) {
  const { pathname, search } = useLocation();
  useEffect(() => void changed(pathname + search));
  return null;
}
