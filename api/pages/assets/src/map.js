// The map: numbered places on plain ground (or on raster tiles when the operator names them), linked with the list.
import { AttributionControl, LngLatBounds, Map, Marker, NavigationControl, setWorkerUrl } from "maplibre-gl";
import workerUrl from "file:maplibre-gl/dist/maplibre-gl-worker.mjs";

const EARTH_RADIUS_M = 6_371_008.8;
const CIRCLE_CORNERS = 48;

setWorkerUrl(new URL(workerUrl, location.href).href);

/** Draws what the element's JSON block says: `{places, origin, tiles, words}`. */
export async function drawMap(element) {
  const data = JSON.parse(document.getElementById(element.dataset.map).textContent);
  await addStyleSheet(element.dataset.mapCss);
  // Throws where there is no WebGL: the list says everything that the map would.
  const map = new Map({
    container: element,
    style: styleOf(data.tiles),
    bounds: boundsOf(data),
    fitBoundsOptions: { padding: { top: 40, right: 76, bottom: 40, left: 40 }, maxZoom: 14 },
    attributionControl: false,
    cooperativeGestures: element.hasAttribute("data-cooperative"),
    locale: data.words,
  });
  element.classList.add("map-drawn");
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  if (data.tiles) map.addControl(new AttributionControl({ customAttribution: new URL(data.tiles).hostname }));
  map.on("load", () => addAccuracyCircles(map, data.places));
  if (data.origin) addOrigin(map, data.origin);
  for (const place of data.places) addPlace(map, place);
}

function addStyleSheet(href) {
  return new Promise((resolve) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
    link.onload = link.onerror = resolve;
    document.head.append(link);
  });
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function styleOf(tiles) {
  const ground = { id: "ground", type: "background", paint: { "background-color": colour("--ground") } };
  if (!tiles) return { version: 8, sources: {}, layers: [ground] };
  return {
    version: 8,
    sources: { tiles: { type: "raster", tiles: [tiles], tileSize: 256 } },
    layers: [ground, { id: "tiles", type: "raster", source: "tiles" }],
  };
}

function boundsOf(data) {
  const bounds = new LngLatBounds();
  for (const place of data.places) bounds.extend([place.lon, place.lat]);
  if (data.origin) bounds.extend([data.origin.lon, data.origin.lat]);
  return bounds;
}

function circle(place) {
  const ring = [];
  const reach = ((place.accuracy_m / EARTH_RADIUS_M) * 180) / Math.PI;
  for (let corner = 0; corner <= CIRCLE_CORNERS; corner += 1) {
    const angle = (2 * Math.PI * corner) / CIRCLE_CORNERS;
    const stretch = Math.cos((place.lat * Math.PI) / 180);
    ring.push([place.lon + (reach * Math.cos(angle)) / stretch, place.lat + reach * Math.sin(angle)]);
  }
  return { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [ring] } };
}

function addAccuracyCircles(map, places) {
  const features = places.filter((place) => place.approximate).map(circle);
  map.addSource("accuracy", { type: "geojson", data: { type: "FeatureCollection", features } });
  map.addLayer({
    id: "accuracy",
    type: "fill",
    source: "accuracy",
    paint: { "fill-color": colour("--green"), "fill-opacity": 0.1 },
  });
}

function addOrigin(map, origin) {
  const element = document.createElement("span");
  element.className = "marker origin";
  element.textContent = "◎";
  element.title = origin.label;
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", origin.label);
  new Marker({ element }).setLngLat([origin.lon, origin.lat]).addTo(map);
}

function addPlace(map, place) {
  const element = document.createElement("a");
  element.className = ["marker", place.approximate && "approximate", place.size && "bubble", place.kind]
    .filter(Boolean)
    .join(" ");
  element.href = place.href;
  element.textContent = place.mark;
  element.title = place.label;
  element.setAttribute("aria-label", place.label);
  if (place.size) element.style.width = element.style.height = `${place.size}px`;
  const card = place.card && document.getElementById(place.card);
  if (card) link(element, card);
  const marker = new Marker({ element }).setLngLat([place.lon, place.lat]).addTo(map);
  // MapLibre gives every marker the role of an image with its own name; these are links.
  marker.getElement().removeAttribute("role");
}

/** Pointing at one of the two lights up the other. */
function link(marker, card) {
  for (const [from, to] of [
    [marker, card],
    [card, marker],
  ]) {
    for (const type of ["pointerenter", "focusin"]) from.addEventListener(type, () => to.classList.add("active"));
    for (const type of ["pointerleave", "focusout"]) from.addEventListener(type, () => to.classList.remove("active"));
  }
}
