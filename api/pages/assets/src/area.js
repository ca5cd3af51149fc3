// A visit's form may take the rough area along: a button of its own, so that who does not want it just uses the other.
// Three decimals are about 100 m; the server keeps a hexagon of about 0.7 km2.
const DECIMALS = 3;

export function offerArea(root) {
  if (!("geolocation" in navigator) || !window.isSecureContext) return;
  for (const form of root.querySelectorAll("form[data-area]")) {
    const button = form.querySelector("[data-area-button]");
    button.hidden = false;
    form.querySelector("[data-area-why]").hidden = false;
    form.querySelector("[data-area-none]")?.remove();
    button.addEventListener("click", () => sendWithArea(form, button));
  }
}

function sendWithArea(form, button) {
  const status = form.querySelector("[role=status]");
  status.textContent = button.dataset.waiting;
  button.disabled = true;
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      form.elements.lat.value = coords.latitude.toFixed(DECIMALS);
      form.elements.lon.value = coords.longitude.toFixed(DECIMALS);
      form.requestSubmit();
      button.disabled = false;
    },
    () => {
      status.textContent = button.dataset.failed;
      button.disabled = false;
    },
    { maximumAge: 60_000, timeout: 10_000 },
  );
}
