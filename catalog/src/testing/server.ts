/** The network in component tests: what no test has answered fails. */
import { setupServer } from "msw/node";

export const REGISTRY = "http://registry.test";
export const S3_PROXY = "http://s3.test";

export const server = setupServer();
