(function () {
  "use strict";

  var form = document.querySelector("form[data-filters]");
  var rows = Array.prototype.slice.call(document.querySelectorAll("[data-row]"));
  var texts = new Map();
  var pending = 0;

  function textOf(row) {
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row);
  }

  // What the form asks for: words to be found, and for each key the values that are let through.
  function asked() {
    var search = form.querySelector("input[type=search]");
    var words = search ? search.value.toLowerCase().split(/\s+/).filter(Boolean) : [];
    var keys = {};
    form.querySelectorAll("select[data-filter]").forEach(function (select) {
      if (select.value !== "") keys[select.dataset.filter] = [select.value];
    });
    form.querySelectorAll("input[type=checkbox][data-filter]").forEach(function (box) {
      var key = box.dataset.filter;
      keys[key] = keys[key] || [];
      if (box.checked) keys[key].push(box.value);
    });
    return { words: words, keys: keys };
  }

  function fits(row, wanted) {
    for (var key in wanted.keys) {
      if (wanted.keys[key].indexOf(row.dataset[key] || "") < 0) return false;
    }
    return wanted.words.every(function (word) { return textOf(row).indexOf(word) >= 0; });
  }

  function apply() {
    var wanted = asked();
    var shown = 0, red = 0;
    rows.forEach(function (row) {
      var fit = fits(row, wanted);
      row.hidden = !fit;
      if (fit) shown += 1;
      else if (row.hasAttribute("data-red")) red += 1;
    });
    tell(shown, red);
  }

  function tell(shown, red) {
    var noun = form.dataset.filters;
    var hidden = rows.length - shown;
    var output = form.querySelector("output");
    var said = hidden === 0
      ? "All " + rows.length + " " + noun + "s shown."
      : shown + " of " + rows.length + " " + noun + "s shown, " + hidden + " hidden" +
        (red > 0 ? ", " + red + " of the hidden " + (red === 1 ? "is" : "are") + " red." : ", none of them red.");
    if (output.textContent !== said) output.textContent = said;
    output.classList.toggle("hides-red", red > 0);
  }

  function soon() {
    clearTimeout(pending);
    pending = setTimeout(apply, 120);
  }

  function reset() {
    form.reset();
    apply();
  }

  // Opens what an address leads into, and never leads to something that a filter hides.
  function reveal(hash) {
    var id = "";
    try { id = decodeURIComponent(hash.slice(1)); } catch (broken) { return; }
    var found = id && document.getElementById(id);
    if (!found) return;
    var row = found.closest("[data-row]");
    if (row && row.hidden && form) reset();
    for (var at = found; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
    }
    found.scrollIntoView();
    var summary = found.tagName === "DETAILS" ? found.querySelector("summary") : null;
    if (summary) summary.focus({ preventScroll: true });
  }

  if (form) {
    form.hidden = false;
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    form.addEventListener("input", soon);
    form.addEventListener("change", apply);
    form.querySelectorAll("button[data-all]").forEach(function (button) {
      button.addEventListener("click", function () {
        var what = button.dataset.all;
        if (what === "reset") return reset();
        rows.forEach(function (row) {
          if (!row.hidden && row.tagName === "DETAILS") row.open = what === "open";
        });
      });
    });
    apply();
  }

  document.addEventListener("click", function (event) {
    var anchor = event.target.closest ? event.target.closest("a[href^='#']") : null;
    if (anchor && anchor.getAttribute("href") === location.hash) reveal(location.hash);
  });
  window.addEventListener("hashchange", function () { reveal(location.hash); });
  if (location.hash) reveal(location.hash);

  // On paper nothing that asks for an action is folded away.
  var closed = [];
  window.addEventListener("beforeprint", function () {
    var wanted = ".is-failed:not([open]), .is-errored:not([open]), .is-inconclusive:not([open])";
    closed = Array.prototype.slice.call(document.querySelectorAll(wanted));
    closed.forEach(function (one) { one.open = true; });
  });
  window.addEventListener("afterprint", function () {
    closed.forEach(function (one) { one.open = false; });
    closed = [];
  });
})();
