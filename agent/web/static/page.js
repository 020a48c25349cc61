"use strict";
// What the page gains from JavaScript: the link's code is handed in by itself, keys move between
// proposals, and a button that was pressed says so. Without it everything works all the same.
(() => {
  const door = document.querySelector("form[data-door]");
  if (door && location.hash.length > 1) {
    door.elements.code.value = decodeURIComponent(location.hash.slice(1));
    history.replaceState(null, "", location.pathname); // out of the history before it is used
    door.requestSubmit();
    return;
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    const button = event.submitter;
    if (button && button.dataset.key === "a") button.textContent = "Sending…";
  });
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());

  const dialog = document.getElementById("keys");
  const opener = document.getElementById("keys-open");
  const items = [...document.querySelectorAll("[data-item]")];
  const isOn = () => localStorage.getItem("fika-keys") !== "off";
  if (dialog) {
    const box = document.getElementById("keys-on");
    box.checked = isOn();
    box.addEventListener("change", () =>
      localStorage.setItem("fika-keys", box.checked ? "on" : "off"),
    );
    opener.hidden = false;
    opener.addEventListener("click", () => dialog.showModal());
  }

  const here = () => items.findIndex((item) => item.contains(document.activeElement));
  const go = (to) => {
    const item = items[Math.min(Math.max(to, 0), items.length - 1)];
    item.focus({ preventScroll: true });
    item.scrollIntoView({ block: "nearest" });
  };
  const press = (key) => {
    const item = items[Math.max(here(), 0)];
    const control = item.querySelector(`[data-key="${key}"]`);
    if (control) control.focus();
  };
  const moves = {
    j: () => go(here() + 1),
    k: () => go(here() < 0 ? 0 : here() - 1),
    a: () => press("a"),
    r: () => press("r"),
    s: () => press("s"),
  };
  const writes = (target) =>
    target.matches("textarea, select, input:not([type=radio], [type=checkbox])");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || writes(event.target)) return;
    if (event.key === "?" && dialog && !dialog.open) {
      event.preventDefault();
      dialog.showModal();
    } else if (event.key === "Enter" && items.includes(event.target)) {
      const link = event.target.querySelector('[data-key="Enter"]');
      if (link) link.click();
    } else if (event.key in moves && items.length && isOn() && !(dialog && dialog.open)) {
      event.preventDefault();
      moves[event.key]();
    }
  });
})();
