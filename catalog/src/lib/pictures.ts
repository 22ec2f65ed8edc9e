/** The address of a picture that comes as a `data:` URL in Base64: the page's policy allows pictures that it has made itself. */
export function pictureOf(dataUrl: string): string {
  const [head = "", content = ""] = dataUrl.split(",", 2);
  const type = /^data:([^;]+)/.exec(head)?.[1] ?? "";
  const bytes = Uint8Array.from(atob(content), char => char.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type }));
}
