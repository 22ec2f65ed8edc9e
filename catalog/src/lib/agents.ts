/** What a `User-Agent` says, as a person would. */

import { t } from "@/language/en/lib/identity";

const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/Edg(?:e|A|iOS)?\/(\d+)/, "Edge"],
  [/OPR\/(\d+)/, "Opera"],
  [/(?:Firefox|FxiOS)\/(\d+)/, "Firefox"],
  [/(?:Chrome|CriOS)\/(\d+)/, "Chrome"],
  [/Version\/(\d+)\S* .*Safari\//, "Safari"],
];

const PLATFORMS: readonly (readonly [RegExp, string])[] = [
  [/iPhone|iPad/, "iOS"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS X|Macintosh|Darwin/, "macOS"],
  [/CrOS/, "ChromeOS"],
  [/Linux/, "Linux"],
];

function program(agent: string): string {
  const quilt = /^quilt-python\/(\S+)/.exec(agent);
  if (quilt) return `quilt3 ${quilt[1] ?? ""}`;
  if (agent.startsWith("Mozilla/"))
    for (const [pattern, name] of BROWSERS) {
      const found = pattern.exec(agent);
      if (found) return `${name} ${found[1] ?? ""}`;
    }
  return /^[^\s/()]+/.exec(agent)?.[0] ?? "";
}

export function device(agent: string): string {
  const name = program(agent);
  if (!name) return t.unknownProgram;
  const platform = PLATFORMS.find(([pattern]) => pattern.test(agent))?.[1];
  return platform ? t.onNamePlatform(name, platform) : name;
}
