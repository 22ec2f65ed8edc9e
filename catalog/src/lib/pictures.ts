/** Pictures that come in Base64: the page's policy allows those that it has made itself. */

/** Throws for what is not Base64. */
export const base64Picture = (content: string, type: string): Blob =>
  new Blob([Uint8Array.from(atob(content), char => char.charCodeAt(0))], { type });

/** The picture of a `data:` URL in Base64. */
export function pictureOf(dataUrl: string): Blob {
  const [head = "", content = ""] = dataUrl.split(",", 2);
  return base64Picture(content, /^data:([^;]+)/.exec(head)?.[1] ?? "");
}
