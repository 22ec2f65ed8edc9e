// Draws charts, maps, molecules and genome tracks for the page around it. This document is sandboxed: it has an origin of
// its own, and can reach neither that page, nor its storage. Data comes from the page, or from a browsing session.

/** @typedef {{isLite: boolean, spec: object, fill?: boolean}} VegaContent */
/** @typedef {{text: string, format: string}} MoleculeContent */
/**
 * @typedef {{libraries: string[], dark: boolean} & (
 *   | {kind: "vega", content: VegaContent}
 *   | {kind: "echarts", content: object}
 *   | {kind: "molecule", content: MoleculeContent}
 *   | {kind: "igv", content: object}
 * )} Drawing
 */
/** @typedef {{loaded: number, text: string} | {loaded: number, mistake: string}} Answer */
/** @typedef {{resolve: (text: string) => void, reject: (error: Error) => void}} Waiting */

/** @typedef {{width: (to: number) => VegaView, height: (to: number) => VegaView, initialize: (at: HTMLElement) => VegaView, hover: () => VegaView, run: () => VegaView, runAsync: () => Promise<VegaView>}} VegaView */
/** @typedef {{parse: (spec: object, config: object) => object, View: new (runtime: object, options: object) => VegaView}} Vega */
/** @typedef {{compile: (spec: object, options: object) => {spec: object}}} VegaLite */
/** @typedef {{init: (at: HTMLElement, theme: string | null) => {setOption: (option: object) => void, resize: () => void}}} Echarts */
/** @typedef {{atom: string}} Atom */
/** @typedef {{addModel: (text: string, format: string, options: object) => {selectedAtoms: (of: object) => Atom[]}, setStyle: (of: object, style: object) => void, zoomTo: () => void, render: () => void, resize: () => void}} MoleculeView */
/** @typedef {{createViewer: (at: HTMLElement, options: object) => MoleculeView}} Molecules */
/** @typedef {{createBrowser: (at: HTMLElement, options: object) => Promise<unknown>}} Tracks */
/** @typedef {{vega: Vega, vegaLite: VegaLite, echarts: Echarts, $3Dmol: Molecules, igv: Tracks}} Libraries */

(() => {
  const page = parent;
  /** @type {Map<number, Waiting>} */
  const waiting = new Map();
  let asked = 0;

  /** What the scripts of libraries leave. */
  const libraries = () => /** @type {Libraries} */ (/** @type {unknown} */ (globalThis));

  /**
   * @param {string} url
   * @returns {Promise<void>}
   */
  const load = url =>
    new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = url;
      script.addEventListener("load", () => resolve());
      script.addEventListener("error", () => reject(new Error("the library could not be loaded")));
      document.head.append(script);
    });

  /**
   * The text of a file beside the one that is drawn.
   * @param {string} path
   * @returns {Promise<string>}
   */
  const fetchText = path =>
    new Promise((resolve, reject) => {
      asked += 1;
      waiting.set(asked, { resolve, reject });
      page.postMessage({ load: asked, path }, "*");
    });

  const DARK = {
    background: "#191d21",
    title: { color: "#e4e7ea", subtitleColor: "#a2acb6" },
    axis: {
      labelColor: "#a2acb6",
      titleColor: "#e4e7ea",
      gridColor: "#2a3036",
      domainColor: "#444d56",
      tickColor: "#444d56",
    },
    legend: { labelColor: "#a2acb6", titleColor: "#e4e7ea" },
    header: { labelColor: "#a2acb6", titleColor: "#e4e7ea" },
    view: { stroke: "#2a3036" },
    style: {
      "guide-label": { fill: "#a2acb6" },
      "guide-title": { fill: "#e4e7ea" },
      text: { fill: "#e4e7ea" },
    },
  };

  /**
   * @param {HTMLElement} view
   * @param {VegaContent} content
   * @param {boolean} dark
   */
  const drawVega = async (view, { isLite, spec, fill = false }, dark) => {
    const { vega, vegaLite } = libraries();
    const config = dark ? DARK : {};
    const compiled = isLite ? vegaLite.compile(spec, { config }).spec : spec;
    const loader = {
      load: fetchText,
      http: fetchText,
      file: fetchText,
      /** @param {string} uri */
      sanitize: uri => Promise.resolve({ href: uri }),
    };
    /** @type {string[]} */
    const mistakes = [];
    const logger = {
      level: () => logger,
      /** @param {unknown[]} said */
      error: (...said) => {
        mistakes.push(said.map(String).join(" "));
        return logger;
      },
      warn: () => logger,
      info: () => logger,
      debug: () => logger,
    };
    const runtime = vega.parse(compiled, isLite ? {} : config);
    const shown = new vega.View(runtime, { loader, logger, renderer: "canvas" });
    shown.initialize(view).hover();
    view.toggleAttribute("data-spaced", true);
    if (fill) {
      const fit = () => shown.width(view.clientWidth).height(view.clientHeight);
      view.toggleAttribute("data-filled", true);
      fit();
      new ResizeObserver(() => fit().run()).observe(view);
    }
    await shown.runAsync();
    if (mistakes.length > 0) throw new Error(mistakes[0]);
  };

  /**
   * @param {HTMLElement} view
   * @param {object} option
   * @param {boolean} dark
   */
  const drawOption = (view, option, dark) => {
    view.toggleAttribute("data-filled", true);
    const chart = libraries().echarts.init(view, dark ? "dark" : null);
    chart.setOption(dark ? { backgroundColor: "transparent", ...option } : option);
    new ResizeObserver(() => chart.resize()).observe(view);
  };

  /**
   * @param {HTMLElement} view
   * @param {MoleculeContent} content
   * @param {boolean} dark
   */
  const drawMolecule = (view, { text, format }, dark) => {
    view.toggleAttribute("data-filled", true);
    const viewer = libraries().$3Dmol.createViewer(view, { backgroundColor: dark ? "#191d21" : "#ffffff" });
    const atoms = viewer.addModel(text, format, { keepH: true }).selectedAtoms({});
    if (atoms.length === 0) throw new Error("there are no atoms in it");
    const isPolymer =
      /^(?:pdb|cif|pdbqt)$/.test(format) && atoms.some(({ atom }) => atom === "CA" || atom === "P");
    if (isPolymer) {
      viewer.setStyle({}, { cartoon: { color: "spectrum" } });
      viewer.setStyle({ hetflag: true }, { stick: { radius: 0.2 } });
    } else viewer.setStyle({}, { stick: { radius: 0.14 }, sphere: { scale: 0.24 } });
    viewer.zoomTo();
    viewer.render();
    new ResizeObserver(() => viewer.resize()).observe(view);
  };

  /**
   * @param {HTMLElement} view
   * @param {Drawing} drawing
   */
  const drawIn = async (view, { kind, content, dark }) => {
    if (kind === "vega") await drawVega(view, content, dark);
    else if (kind === "echarts") drawOption(view, content, dark);
    else if (kind === "molecule") drawMolecule(view, content, dark);
    else await libraries().igv.createBrowser(view, content);
  };

  /** @param {Drawing} drawing */
  const draw = async drawing => {
    const view = document.getElementById("view");
    if (!view) return;
    document.documentElement.style.colorScheme = drawing.dark ? "dark" : "light";
    try {
      // One after the other: the second may need the first.
      await drawing.libraries.reduce((before, url) => before.then(() => load(url)), Promise.resolve());
      await drawIn(view, drawing);
      page.postMessage({ drawn: true, height: view.scrollHeight + 24 }, "*");
    } catch (error) {
      view.replaceChildren();
      page.postMessage({ mistake: error instanceof Error ? error.message : String(error) }, "*");
    }
  };

  addEventListener("message", (/** @type {MessageEvent<Drawing | Answer>} */ { source, data }) => {
    if (source !== page) return;
    if ("kind" in data) {
      void draw(data);
      return;
    }
    const waits = waiting.get(data.loaded);
    waiting.delete(data.loaded);
    if ("text" in data) waits?.resolve(data.text);
    else waits?.reject(new Error(data.mistake));
  });
  page.postMessage({ ready: true }, "*");
})();
