/** What a tool's request for consent says: the address's query, as it came. */
export interface ToolRequest {
  client_id: string;
  redirect_uri: string;
  response_type: string;
  scope?: string;
  state?: string;
  code_challenge: string;
  code_challenge_method: string;
  resource?: string[];
}

export function requestOf(params: URLSearchParams): ToolRequest {
  const [scope, state, resource] = [params.get("scope"), params.get("state"), params.getAll("resource")];
  return {
    client_id: params.get("client_id") ?? "",
    redirect_uri: params.get("redirect_uri") ?? "",
    response_type: params.get("response_type") ?? "",
    code_challenge: params.get("code_challenge") ?? "",
    code_challenge_method: params.get("code_challenge_method") ?? "",
    ...(scope === null ? {} : { scope }),
    ...(state === null ? {} : { state }),
    ...(resource.length > 0 ? { resource } : {}),
  };
}

/** A program on the person's own computer. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i.test(host);
}
