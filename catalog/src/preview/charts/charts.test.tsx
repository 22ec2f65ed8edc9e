import { screen, waitFor } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import { renderPreview, textAnswer } from "@/testing/preview";
import { S3_PROXY, server } from "@/testing/server";
import { contentOf } from "./content";
import { rowsOf } from "./delimited";
import { chartOf } from "./detect";

const VEGA = {
  $schema: "https://vega.github.io/schema/vega-lite/v5.json",
  data: { url: "rows.csv" },
  mark: "bar",
};
const OPTION = { dataset: { source: "./rows.csv" }, xAxis: {}, series: [{ type: "line" }] };

test.each([
  [VEGA, "a.json", "vega"],
  [{ ...VEGA, $schema: "https://vega.github.io/schema/vega/v6.json" }, "a.json", "vega"],
  [OPTION, "a.json", "echarts"],
  [{ series: { type: "pie" } }, "a.json", "echarts"],
  [{ tracks: [{ url: "a.bam" }] }, "a.json", "igv"],
  [{ genome: "hg38" }, "a.json", "igv"],
  [{ type: "FeatureCollection", features: [] }, "a.json", "map"],
  [{ type: "Topology" }, "places.geojson", "map"],
  [{ series: ["a", "b"] }, "a.json", null],
  [{ series: [] }, "a.json", null],
  [{ schema: "https://vega.github.io/schema/" }, "a.json", null],
  [[VEGA.data], "a.json", null],
])("%j in %s is drawn as %s", (value, name, form) => {
  expect(chartOf(textAnswer(JSON.stringify(value), "json"), name)).toBe(form);
});

test.each(["1crn.pdb", "a.sdf.gz", "water.mol2", "x.cif"])("%s is a molecule", name => {
  expect(chartOf(textAnswer("ATOM"), name)).toBe("molecule");
});

test("delimited text has numbers as numbers, and texts as they are quoted", () => {
  expect(rowsOf('day,n\n"Mon, ""early""",1.5\r\nTue,\n"7",-2', ",")).toEqual([
    ["day", "n"],
    ['Mon, "early"', 1.5],
    ["Tue", ""],
    ["7", -2],
  ]);
  expect(rowsOf("a\tb\n1\t2\n\n", "\t")).toEqual([
    ["a", "b"],
    [1, 2],
  ]);
});

const near = (path: string) => Promise.resolve(path.endsWith(".json") ? "[[1,2]]" : "x\ty\n1\t2");

test("data sets of ECharts are read from files beside the chart", async () => {
  const option = { dataset: [{ source: "a.tsv" }, { source: "b.json" }, { source: [[3]] }], series: [] };
  expect(await contentOf("echarts", JSON.stringify(option), "c.json", near, null)).toEqual({
    dataset: [
      {
        source: [
          ["x", "y"],
          [1, 2],
        ],
      },
      { source: [[1, 2]] },
      { source: [[3]] },
    ],
    series: [],
  });
});

test("tracks lead to files of the revision, and to nothing outside of it", async () => {
  const root = "http://s3.test/-/browse/id/";
  const options = {
    reference: { fastaURL: "../ref/a b.fa" },
    tracks: [{ url: "./x.bam", indexURL: "https://example.com/x.bai" }],
  };
  const drawn = await contentOf("igv", JSON.stringify(options), "tracks/igv.json", near, root);
  expect(drawn).toMatchObject({
    reference: { fastaURL: `${root}ref/a%20b.fa` },
    tracks: [{ url: `${root}tracks/x.bam`, indexURL: "https://example.com/x.bai" }],
  });
  for (const url of ["../../x.bam", "s3://bucket/x.bam"])
    await expect(
      contentOf("igv", JSON.stringify({ tracks: [{ url }] }), "tracks/igv.json", near, root),
    ).rejects.toThrow(/not a file of this package/);
});

test("a map says the properties of its features", async () => {
  const collection = {
    type: "FeatureCollection",
    features: [{ type: "Feature", properties: { name: "Ahr", area: { km: 1 } }, geometry: null }],
  };
  const ring = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 0],
  ];
  const hole = [
    [0, 0],
    [0, 0.1],
    [0.1, 0.1],
    [0, 0],
  ];
  const drawn = (await contentOf("map", JSON.stringify(collection), "a.geojson", near, null)) as {
    spec: { encoding: { tooltip: unknown }; data: unknown };
  };
  expect(drawn.spec.encoding.tooltip).toEqual([{ field: "properties.name", title: "name", type: "nominal" }]);
  expect(drawn.spec.data).toEqual({ values: collection.features });
  const areas = {
    type: "Feature",
    properties: {},
    geometry: { type: "MultiPolygon", coordinates: [[ring, hole], [ring.toReversed()]] },
  };
  const map = (await contentOf("map", JSON.stringify(areas), "a.geojson", near, null)) as {
    spec: { data: { values: (typeof areas)[] } };
  };
  // With the clock outside, against it inside.
  expect(map.spec.data.values[0]?.geometry.coordinates).toEqual([
    [ring.toReversed(), hole.toReversed()],
    [ring.toReversed()],
  ]);
});

function frameIn(): HTMLIFrameElement {
  const frame = document.querySelector<HTMLIFrameElement>('iframe[src="/chart-frame.html"]');
  if (!frame) throw new Error("There is no frame");
  return frame;
}

/** What the frame was told, and a way to speak for it. */
function speakFor(frame: HTMLIFrameElement) {
  const told: Record<string, unknown>[] = [];
  const window = { postMessage: (message: Record<string, unknown>) => told.push(message) };
  Object.defineProperty(frame, "contentWindow", { value: window });
  const say = (data: object, source: unknown = window) =>
    globalThis.dispatchEvent(Object.assign(new Event("message"), { data, source }));
  return { told, say };
}

test("a chart is drawn in a frame without an origin, with data from beside it", async () => {
  server.use(
    http.get(`${S3_PROXY}/lab.s3.us-east-1.amazonaws.com/plots/rows.csv`, () =>
      HttpResponse.text("a,b\n1,2\n", { status: 206 }),
    ),
  );
  const page = renderPreview(textAnswer(JSON.stringify(VEGA), "json"), { name: "plots/chart.json" });
  expect((await screen.findByTitle("Chart chart.json")).getAttribute("sandbox")).toBe("allow-scripts");
  const { told, say } = speakFor(frameIn());
  say({ ready: true }, globalThis);
  expect(told).toEqual([]);
  say({ ready: true });
  expect(told).toMatchObject([
    { kind: "vega", content: { isLite: true, spec: { ...VEGA, width: "container" } }, dark: false },
  ]);
  say({ load: 1, path: "rows.csv" });
  await waitFor(() => expect(told[1]).toEqual({ loaded: 1, text: "a,b\n1,2\n" }));
  for (const [id, path] of [
    "https://example.com/rows.csv",
    "../../secret.csv",
    "//example.com/x",
  ].entries()) {
    say({ load: id + 2, path });
    await waitFor(() =>
      expect(told[id + 2]).toMatchObject({ loaded: id + 2, mistake: expect.anything() as unknown }),
    );
  }
  say({ mistake: "no such mark" });
  expect(await screen.findByText("It cannot be drawn: no such mark")).toBeTruthy();
  await page.user.click(screen.getByRole("button", { name: "Tree" }));
  expect(page.address()).toBe("/?as=json");
  await waitFor(() =>
    expect(document.querySelector<HTMLIFrameElement>('iframe[src="/chart-frame.html"]')).toBeNull(),
  );
});

test("what cannot be drawn says why", async () => {
  renderPreview(
    { ...textAnswer('{"$schema": "https://vega.github.io/schema/vega/v5.json"', "json") },
    { name: "x.json" },
  );
  expect(await screen.findByText(/It cannot be drawn: it is not JSON/)).toBeTruthy();
});
