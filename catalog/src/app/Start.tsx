/** Configuration, then session, then pages. */
import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClientProvider } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { RouterProvider } from "react-router";
import { loadConfig } from "@/api/config";
import { forgetBookmarks } from "@/api/bookmarks";
import { forgetDrafts } from "@/features/packages/push/drafts";
import { t } from "@/language/en/app";
import type { Services } from "@/s3/context";
import { forgetPreferences } from "@/s3/preferences";
import { type Brand, BrandContext, type Look, ShowLookContext } from "@/ui/brand";
import { Failure, Loading, useAfter } from "@/ui/States";
import { createQueryClient } from "./query-client";
import { createRoutes } from "./routes";
import { createServices, ServicesProvider } from "./services";
import { applyTheme } from "./theme";

const queryClient = createQueryClient();
const router = createRoutes();

type Phase = { services: Services; brand: Brand } | { error: unknown } | null;

async function start(): Promise<{ services: Services; brand: Brand }> {
  const config = await loadConfig();
  const brand = applyTheme(config.theme);
  const services = createServices(config);
  await services.session.restore();
  if (services.session.state() === "unknown") throw services.session.trouble;
  // What one person saw is not for the next.
  services.session.subscribe(() => {
    if (services.session.state() !== "out") return;
    services.credentials.forget();
    forgetDrafts();
    forgetBookmarks();
    forgetPreferences();
    queryClient.clear();
  });
  return { services, brand };
}

export function Start() {
  const [phase, setPhase] = useState<Phase>(null);
  const begin = useCallback(
    () =>
      start().then(
        begun => setPhase(begun),
        (error: unknown) => setPhase({ error }),
      ),
    [],
  );
  useEffect(() => void begin(), [begin]);
  const showLook = useCallback(
    (look: Look) => setPhase(now => (now && "services" in now ? { ...now, brand: applyTheme(look) } : now)),
    [],
  );
  if (phase === null) return <Starting />;
  if ("error" in phase)
    return (
      <main>
        <title>Patchwork</title>
        <Failure
          error={phase.error}
          retry={() => {
            setPhase(null);
            void begin();
          }}
        />
      </main>
    );
  return (
    <CSPProvider disableStyleElements>
      <BrandContext value={phase.brand}>
        <ShowLookContext value={showLook}>
          <ServicesProvider services={phase.services}>
            <QueryClientProvider client={queryClient}>
              <RouterProvider router={router} />
            </QueryClientProvider>
          </ServicesProvider>
        </ShowLookContext>
      </BrandContext>
    </CSPProvider>
  );
}

/** Most starts are too short to show anything. */
function Starting() {
  return useAfter(400) ? <Loading label={t.starting} /> : null;
}
