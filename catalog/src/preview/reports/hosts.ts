/** Hosts from which a page would load scripts and styles, which no report may. */

const TAGS = /<(?:script|link)\b[^>]*?\b(?:src|href)\s*=\s*["']?\s*((?:https?:)?\/\/[^"'\s>]+)[^>]*>/gi;

export function foreignHosts(html: string): string[] {
  const found = new Set<string>();
  for (const [tag, address = ""] of html.matchAll(TAGS)) {
    // Links to other pages, and hints for the network, load nothing that a report needs.
    if (/^<link\b/i.test(tag) && !/\brel\s*=\s*["']?\s*(?:stylesheet|modulepreload)\b/i.test(tag)) continue;
    try {
      found.add(new URL(address, "https://report.invalid").host);
    } catch {
      // Then it loads nothing.
    }
  }
  return [...found];
}
