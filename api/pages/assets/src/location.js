// "Use my location": says first what is sent, asks, and only then lets the browser ask. Three decimals are about 100 m.
const DECIMALS = 3;

export function offerLocation(root) {
  const button = root.querySelector("[data-location-button]");
  const dialog = root.querySelector("[data-location-dialog]");
  if (!button || !dialog || !("geolocation" in navigator)) return;
  button.hidden = false;
  button.addEventListener("click", () => dialog.showModal());
  dialog.addEventListener("close", () => {
    if (dialog.returnValue === "agree") locate(root, button);
  });
}

function locate(root, button) {
  const status = root.querySelector("[data-location-status]");
  status.textContent = button.dataset.waiting;
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      const form = root.querySelector("[data-search-form]");
      form.elements.lat.value = coords.latitude.toFixed(DECIMALS);
      form.elements.lon.value = coords.longitude.toFixed(DECIMALS);
      form.elements.lat.disabled = form.elements.lon.disabled = false;
      status.textContent = button.dataset.found;
      button.setAttribute("aria-pressed", "true");
      if (form.elements.q.value.trim()) form.requestSubmit();
    },
    () => {
      status.textContent = button.dataset.failed;
    },
    { maximumAge: 300_000, timeout: 15_000 },
  );
}
