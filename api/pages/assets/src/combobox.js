// Suggestions below the search box: an editable combobox with a list (ARIA Authoring Practices, APG 1.2).
// The box stays a plain one until the first suggestion is there, and wherever this script does not run.
const WAIT_MS = 120;
const KEPT = 50;

export function offerSuggestions(root) {
  for (const input of root.querySelectorAll("input[data-suggest]")) new Suggestions(input);
}

class Suggestions {
  constructor(input) {
    this.input = input;
    this.kept = new Map();
    this.options = [];
    this.active = -1;
    this.list = this.makeList();
    this.status = input.form.querySelector("[data-suggest-status]");
    this.describe();
    this.listen();
  }

  makeList() {
    const list = document.createElement("ul");
    list.id = `${this.input.id}-suggestions`;
    list.className = "suggestions";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", this.input.dataset.suggestLabel);
    this.input.parentElement.after(list);
    return list;
  }

  describe() {
    const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-controls": this.list.id };
    for (const [name, value] of Object.entries(attributes)) this.input.setAttribute(name, value);
    this.input.setAttribute("aria-expanded", "false");
  }

  listen() {
    this.input.addEventListener("input", (event) => {
      // While an input method composes, the letters are not yet what is meant.
      if (!event.isComposing) this.askSoon();
    });
    this.input.addEventListener("compositionstart", () => this.close());
    this.input.addEventListener("compositionend", () => this.askSoon());
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.input.addEventListener("blur", () => this.close());
    this.input.form.addEventListener("submit", () => this.close());
    // Pressing on the list must not take the focus out of the box, which would close the list before the click.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.choose(Number(option.dataset.index));
    });
  }

  get isOpen() {
    return !this.list.hidden;
  }

  askSoon() {
    clearTimeout(this.timer);
    this.asking?.abort();
    if (!this.input.value.trim()) return this.close();
    this.timer = setTimeout(() => this.ask(), WAIT_MS);
  }

  async ask() {
    const typed = this.input.value;
    try {
      const found = this.kept.get(typed) ?? (await this.fetched(typed));
      if (typed === this.input.value && document.activeElement === this.input) this.show(found);
    } catch (error) {
      // Who cannot be helped while typing can still search.
      if (error.name !== "AbortError") this.close();
    }
  }

  async fetched(typed) {
    this.asking = new AbortController();
    const query = new URLSearchParams({ q: typed, lang: this.input.dataset.suggestLang });
    const reply = await fetch(`${this.input.dataset.suggest}?${query}`, { signal: this.asking.signal });
    if (!reply.ok) throw new Error(reply.statusText);
    const { suggestions } = await reply.json();
    if (this.kept.size >= KEPT) this.kept.delete(this.kept.keys().next().value);
    this.kept.set(typed, suggestions);
    return suggestions;
  }

  show(found) {
    if (!found.length) return this.close();
    this.found = found;
    this.options = found.map((suggestion, index) => this.option(suggestion, index));
    this.list.replaceChildren(...this.options);
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.mark(-1);
    const told = found.length === 1 ? this.input.dataset.suggestOne : this.input.dataset.suggestSome;
    this.status.textContent = told.replace("{n}", found.length);
  }

  option(suggestion, index) {
    const option = document.createElement("li");
    option.id = `${this.list.id}-${index}`;
    option.dataset.index = index;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    const names = part("suggestion-names", suggestion.display);
    if (suggestion.other) {
      const other = part("suggestion-other", suggestion.other);
      other.lang = this.input.dataset.suggestLang === "zh" ? "en" : "zh-CN";
      names.append(" ", other);
    }
    option.append(names, " ", part("suggestion-kind", [suggestion.label, suggestion.detail].filter(Boolean).join(" · ")));
    return option;
  }

  onKey(event) {
    if (event.isComposing || event.keyCode === 229) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (this.isOpen) this.move(event.altKey ? 0 : step);
      else if (this.input.value.trim()) this.ask();
    } else if (event.key === "Escape" && this.isOpen) {
      // The box itself would be emptied by it.
      event.preventDefault();
      this.close();
    } else if (event.key === "Enter" && this.isOpen && this.active >= 0) {
      event.preventDefault();
      this.choose(this.active);
    }
  }

  /** Moves through the options; before the first and behind the last is the box itself. */
  move(step) {
    const places = this.options.length + 1;
    this.mark(((this.active + 1 + step + places) % places) - 1);
  }

  mark(index) {
    this.options[this.active]?.setAttribute("aria-selected", "false");
    this.active = index;
    const option = this.options[index];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  choose(index) {
    const suggestion = this.found[index];
    this.close();
    if (suggestion.id) {
      location.assign(`/listings/${encodeURIComponent(suggestion.id)}`);
      return;
    }
    this.input.value = suggestion.text;
    this.input.focus();
    this.input.setSelectionRange(suggestion.text.length, suggestion.text.length);
  }

  close() {
    clearTimeout(this.timer);
    this.asking?.abort();
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.mark(-1);
    this.status.textContent = "";
  }
}

function part(name, text) {
  const span = document.createElement("span");
  span.className = name;
  span.textContent = text;
  return span;
}
