// "Save": a list that stays on the device. The server hears that a place was saved, and never the list.
const KEY = "baicha.saved";
const MOST = 200;

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one) => one && one.id && one.href?.startsWith("/listings/")) : [];
  } catch {
    return [];
  }
}

function write(kept) {
  localStorage.setItem(KEY, JSON.stringify(kept.slice(0, MOST)));
}

export function offerSaving(root) {
  const token = root.querySelector("meta[name=csrf-token]")?.content ?? "";
  for (const button of root.querySelectorAll("[data-save]")) {
    const save = button.textContent;
    const show = () => {
      const saved = read().some((one) => one.id === button.dataset.save);
      button.setAttribute("aria-pressed", String(saved));
      button.textContent = saved ? button.dataset.saved : save;
      return saved;
    };
    show();
    button.hidden = false;
    button.addEventListener("click", () => {
      const { save: id, saveHref: href, saveName: name, tapUrl } = button.dataset;
      const others = read().filter((one) => one.id !== id);
      const wasSaved = button.getAttribute("aria-pressed") === "true";
      try {
        write(wasSaved ? others : [{ id, href, name }, ...others]);
      } catch {
        return; // no room, or a browser that keeps nothing
      }
      show();
      if (wasSaved) return;
      const body = new URLSearchParams({ kind: "save", csrf: token });
      fetch(tapUrl, { method: "POST", body, keepalive: true }).catch(() => {});
    });
  }
  const list = root.querySelector("[data-saved-list]");
  if (list) showList(list);
}

function showList(list) {
  const items = list.querySelector("[data-saved-items]");
  const kept = read();
  list.querySelector("[data-saved-none]").hidden = kept.length > 0;
  items.replaceChildren(
    ...kept.map(({ id, href, name }) => {
      const item = document.createElement("li");
      item.className = "row";
      const link = document.createElement("a");
      link.href = href;
      link.textContent = name;
      const remove = document.createElement("button");
      remove.type = "button";
      remove.className = "button";
      remove.textContent = list.dataset.remove;
      remove.setAttribute("aria-label", `${list.dataset.remove} ${name}`);
      remove.addEventListener("click", () => {
        write(read().filter((one) => one.id !== id));
        showList(list);
      });
      item.append(link, remove);
      return item;
    }),
  );
}
