// Tells the server of taps that leave the page without a request of their own: the telephone, a map app, sharing.
export function recordTaps(root) {
  const token = root.querySelector("meta[name=csrf-token]")?.content;
  for (const element of root.querySelectorAll("[data-tap]")) {
    element.addEventListener("click", () => {
      const body = new URLSearchParams({ kind: element.dataset.tap, csrf: token ?? "" });
      if (element.dataset.tapMap) body.set("map", element.dataset.tapMap);
      // The tap must work whether or not it is counted.
      fetch(element.dataset.tapUrl, { method: "POST", body, keepalive: true }).catch(() => {});
    });
  }
}
