// Before the first paint: the theme chosen on this machine, else the system's.
(() => {
  try {
    const chosen = localStorage.getItem("patchwork.theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // Storage is off: the system's theme it is.
  }
})();
