import type { Instance } from "@/lib/install";
import { useServices } from "./services";

export function useInstance(): Instance {
  const { config } = useServices();
  return {
    catalog: config.navigator_url,
    registry: config.registryUrl,
    s3Endpoint: config.s3Endpoint,
  };
}
