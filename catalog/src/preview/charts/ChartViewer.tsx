/** A chart, a map, a molecule or genome tracks, drawn in a sandboxed frame, with data from files beside it. */
import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { keys } from "@/api/keys";
import { t } from "@/language/en/preview/charts";
import { RequestError } from "@/lib/errors";
import { bytes } from "@/lib/format";
import { nameOf, resolve } from "@/lib/paths";
import { useServices } from "@/s3/context";
import type { Target } from "@/s3/client";
import { Loaded } from "@/ui/Loaded";
import type { Answer } from "../answers";
import { useFile } from "../file";
import { ReportSession } from "../reports/ReportSession";
import { textOf } from "../text/decoding";
import { ChartFrame } from "./ChartFrame";
import { contentOf, Undrawable } from "./content";
import type { ChartForm } from "./detect";

const MAX_CHART_BYTES = 20_000_000;

export const chartViewer = (form: ChartForm) =>
  function ChartViewer({ answer }: { answer: Answer }) {
    const { source } = useFile();
    if (form !== "igv" || !("package" in source)) return <Chart form={form} answer={answer} root={null} />;
    return (
      <ReportSession source={source}>
        {session => <Chart form={form} answer={answer} root={session.url} />}
      </ReportSession>
    );
  };

function Chart({ form, answer, root }: { form: ChartForm; answer: Answer; root: string | null }) {
  const file = useFile();
  const { s3 } = useServices();
  const { place, target, name } = file;
  const read = useCallback(
    async (from: Target, of: string) => {
      const slice = await s3.head(from, MAX_CHART_BYTES);
      if (!slice.complete) throw new Undrawable(t.largerThan(of, bytes(MAX_CHART_BYTES)));
      const text = textOf(slice.bytes, true);
      if (text === null) throw new Undrawable(t.notText(of));
      return text;
    },
    [s3],
  );
  const near = useCallback(
    async (reference: string) => {
      const isElsewhere = /^(?:[a-z][a-z\d+.-]*:|\/\/)/i.test(reference);
      const path = isElsewhere ? null : resolve(place.path, reference);
      if (path === null) throw new Undrawable(t.notFileBeside(reference));
      return read(await place.target(path), path);
    },
    [place, read],
  );
  const known = answer.kind === "text" && answer.complete && !answer.compression ? answer.text : null;
  const content = useQuery({
    queryKey: keys.chart(form, target.bucket, target.key, target.versionId ?? null, root),
    queryFn: async () => {
      try {
        return {
          drawn: await contentOf(form, known ?? (await read(target, nameOf(name))), name, near, root),
        };
      } catch (error) {
        if (!(error instanceof Undrawable)) throw error;
        throw new RequestError({
          status: 0,
          trouble: "refused",
          message: t.cannotDrawn2(error.message),
        });
      }
    },
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });
  return (
    <Loaded query={content} label={t.readingData} lines={8}>
      {({ drawn }) => (
        <ChartFrame form={form} content={drawn} near={near} label={LABELS[form](nameOf(name))} />
      )}
    </Loaded>
  );
}

const LABELS: Record<ChartForm, (name: string) => string> = {
  echarts: name => t.chartName(name),
  igv: name => t.genomeTracks(name),
  map: name => t.mapName(name),
  molecule: name => t.modelName(name),
  vega: name => t.chartName(name),
};
