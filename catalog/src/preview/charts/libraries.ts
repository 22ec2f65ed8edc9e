/** Libraries that draw, as files that the frame loads; a page loads none of them. */
import molecules from "3dmol/build/3Dmol-min.js?url";
import echarts from "echarts/dist/echarts.min.js?url";
import igv from "igv/dist/igv.min.js?url";
import type { ChartForm } from "./detect";

// These packages export no files.
const VEGA = [
  new URL("../../../node_modules/vega/build/vega.min.js", import.meta.url).href,
  new URL("../../../node_modules/vega-lite/build/vega-lite.min.js", import.meta.url).href,
];

export const LIBRARIES: Record<ChartForm, readonly string[]> = {
  echarts: [echarts],
  igv: [igv],
  map: VEGA,
  molecule: [molecules],
  vega: VEGA,
};
