// Draws diagrams for the page around it. This document is sandboxed: it has an origin of its own, and can reach
// neither that page, nor its storage, nor any host.

/** @typedef {{initialize: (options: object) => void, render: (id: string, source: string) => Promise<{svg: string}>}} Library */
/** @typedef {{id: number, library: string, source: string, dark: boolean}} Question */

(() => {
  /** @type {Promise<Library> | null} */
  let library = null;
  let drawn = 0;
  let last = Promise.resolve();

  /**
   * @param {string} url
   * @returns {Promise<Library>}
   */
  const load = url => {
    library ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = url;
      script.addEventListener("load", () =>
        resolve(/** @type {{mermaid: Library}} */ (/** @type {unknown} */ (globalThis)).mermaid),
      );
      script.addEventListener("error", () => reject(new Error("the library could not be loaded")));
      document.head.append(script);
    });
    return library;
  };

  /** @param {Question} asked */
  const draw = async asked => {
    const mermaid = await load(asked.library);
    mermaid.initialize({
      startOnLoad: false,
      securityLevel: "strict",
      suppressErrorRendering: true,
      theme: asked.dark ? "dark" : "neutral",
      fontFamily: "system-ui, sans-serif",
      // Pictures show no HTML.
      htmlLabels: false,
      flowchart: { htmlLabels: false },
    });
    drawn += 1;
    const { svg } = await mermaid.render(`diagram-${drawn}`, asked.source);
    return svg;
  };

  addEventListener("message", (/** @type {MessageEvent<Question>} */ event) => {
    if (event.source !== parent) return;
    const { id } = event.data;
    // One after the other: the library has one state.
    last = last
      .then(() => draw(event.data))
      .then(
        svg => parent.postMessage({ id, svg }, "*"),
        (/** @type {unknown} */ error) =>
          parent.postMessage({ id, mistake: error instanceof Error ? error.message : String(error) }, "*"),
      );
  });
  parent.postMessage({ ready: true }, "*");
})();
