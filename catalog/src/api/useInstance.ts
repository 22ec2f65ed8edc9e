import type { Instance } from "@/lib/install";
import { useApi } from "./context";

export function useInstance(): Instance {
  const { config } = useApi();
  return {
    catalog: config.navigator_url,
    registry: config.registryUrl,
    s3Endpoint: config.s3Endpoint,
  };
}
