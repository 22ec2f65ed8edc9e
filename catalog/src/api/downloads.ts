/** Answers of the registry that are saved as files. */
import { t } from "@/language/en/services/files";
import { saveBlob } from "@/lib/savedFiles";
import type { Api } from "./context";
import { ask, refusal } from "./transport";

export async function downloadAnswer({ config, session }: Api, path: string, name: string): Promise<void> {
  const token = await session.bearer();
  const answer = await ask(
    config.registryUrl + path,
    { headers: { Authorization: `Bearer ${token ?? ""}` } },
    t.registry,
  );
  if (!answer.ok) throw await refusal(answer);
  saveBlob(await answer.blob(), name);
}
