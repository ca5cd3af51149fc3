// Share through the system's sheet, else copy the link; the address is there as text for who has neither.
export function offerShare(root) {
  for (const button of root.querySelectorAll("[data-share]")) {
    button.hidden = false;
    button.addEventListener("click", () => share(button));
  }
}

async function share(button) {
  const data = { title: button.dataset.title, url: button.dataset.share };
  const status = button.parentElement.querySelector("[role=status]");
  try {
    if (navigator.share) await navigator.share(data);
    else await navigator.clipboard.writeText(data.url);
    status.textContent = navigator.share ? "" : button.dataset.copied;
  } catch (error) {
    if (error.name !== "AbortError") status.textContent = data.url;
  }
}
