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

// The menu's row begins at the page that is open, also where `scroll-initial-target` is not known yet.
const here = document.querySelector(".subnav [aria-current]");
if (here) {
  const row = here.closest("ul");
  row.scrollLeft = here.offsetLeft - row.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;
  // Chromium leaves a link that is cut off where it is when the keyboard comes to it.
  row.addEventListener("focusin", (event) => event.target.scrollIntoView({ block: "nearest", inline: "nearest" }));
}

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
