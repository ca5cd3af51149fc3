// Keeps the counter's code fresh and the screen awake. Without script the page reloads itself (meta refresh in noscript).
const RETRY_MS = 3_000;

export function watchCounter(root) {
  const counter = root.querySelector("[data-counter]");
  if (!counter) return;
  const offline = root.querySelector("[data-counter-offline]");
  let etag = null;

  async function refresh() {
    try {
      const headers = etag ? { "If-None-Match": etag } : {};
      const reply = await fetch(counter.dataset.counter, { headers, cache: "no-store" });
      if (reply.status === 401 || reply.redirected) return location.reload();
      if (reply.status !== 200 && reply.status !== 304) throw new Error(reply.statusText);
      offline.hidden = true;
      etag = reply.headers.get("ETag");
      if (reply.status === 200) counter.innerHTML = await reply.text();
    } catch {
      // An old code on the screen would be refused at the counter: say so instead.
      offline.hidden = false;
    }
    setTimeout(refresh, RETRY_MS);
  }
  setTimeout(refresh, RETRY_MS);

  const stayAwake = () => document.visibilityState === "visible" && navigator.wakeLock?.request("screen").catch(() => {});
  document.addEventListener("visibilitychange", stayAwake);
  stayAwake();
}
