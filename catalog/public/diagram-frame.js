// Draws diagrams for the page around it. This document is sandboxed: it has an origin of its own, and can reach
// neither that page, nor its storage, nor any host.
(() => {
  /** @type {Promise<any> | null} */
  let library = null;
  let drawn = 0;
  let last = Promise.resolve();

  /** @param {string} url */
  const load = url =>
    (library ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = url;
      script.onload = () => resolve(globalThis.mermaid);
      script.onerror = () => reject(new Error("the library could not be loaded"));
      document.head.append(script);
    }));

  /** @param {{library: string, source: string, dark: boolean}} asked */
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
    return (await mermaid.render(`diagram-${drawn}`, asked.source)).svg;
  };

  addEventListener("message", event => {
    if (event.source !== parent) return;
    const { id } = event.data;
    // One after the other: the library has one state.
    last = last
      .then(() => draw(event.data))
      .then(
        svg => parent.postMessage({ id, svg }, "*"),
        error => parent.postMessage({ id, mistake: String(error?.message ?? error) }, "*"),
      );
  });
  parent.postMessage({ ready: true }, "*");
})();
