// What every page loads: small, and all of it optional. The pages work without it; the map and the charts come as
// chunks of their own, only where a page has them.
import { offerArea } from "./area.js";
import { offerSuggestions } from "./combobox.js";
import { watchCounter } from "./counter.js";
import { offerLocation } from "./location.js";
import { recordTaps } from "./taps.js";
import { offerSaving } from "./saved.js";
import { offerShare } from "./share.js";

document.documentElement.classList.add("scripted");
offerArea(document);
offerLocation(document);
offerSuggestions(document);
offerSaving(document);
offerShare(document);
recordTaps(document);
watchCounter(document);

/** Calls `load` when the element is about to be seen. A hidden element counts as seen once it is shown. */
function whenSeen(element, load) {
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      load();
    },
    { rootMargin: "200px" },
  );
  observer.observe(element);
}

/** Draws with a chunk that may fail to arrive: what it would draw stands on the page in words as well. */
async function draw(element, load) {
  try {
    await load();
  } catch {
    element.classList.add("not-drawn");
  }
}

for (const element of document.querySelectorAll("[data-map]")) {
  whenSeen(element, () => draw(element, async () => (await import("./map.js")).drawMap(element)));
}
for (const element of document.querySelectorAll("[data-chart]")) {
  whenSeen(element, () => draw(element, async () => (await import("./charts.js")).drawChart(element)));
}
