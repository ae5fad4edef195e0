// The review of a directive: a field shows the sentence it came from; j, k and e move and open without the mouse.
"use strict";
(() => {
  const source = document.getElementById("source");
  if (!source) return;

  const unmark = () => {
    source.querySelectorAll("mark").forEach((mark) => {
      const parent = mark.parentNode;
      mark.replaceWith(...mark.childNodes);
      parent.normalize();
    });
    source.querySelectorAll(".loa-lit").forEach((line) => line.classList.remove("loa-lit"));
  };

  const mark = (line, words) => {
    const text = line.querySelector(".loa-line").firstChild;
    const at = text ? text.textContent.toLowerCase().indexOf(words.toLowerCase()) : -1;
    if (at < 0) return;
    const range = document.createRange();
    range.setStart(text, at);
    range.setEnd(text, at + words.length);
    range.surroundContents(document.createElement("mark"));
  };

  const light = (field, scroll) => {
    const first = Number(field.dataset.first);
    const last = Number(field.dataset.last);
    unmark();
    for (let number = first; number <= last; number += 1) {
      const line = document.getElementById(`l${number}`);
      if (!line) continue;
      line.classList.add("loa-lit");
      if (first === last && field.dataset.words) mark(line, field.dataset.words);
    }
    const line = document.getElementById(`l${first}`);
    if (!line) return;
    document.body.classList.toggle("loa-reading", scroll);
    const list = line.parentNode;
    list.scrollTop = line.offsetTop - list.offsetTop - list.clientHeight / 3;
  };

  document.addEventListener("click", (event) => {
    const field = event.target.closest("a[data-first]");
    if (field) {
      event.preventDefault();
      light(field, true);
    } else if (event.target.closest("[data-close]")) {
      document.body.classList.remove("loa-reading");
    }
  });

  document.addEventListener("focusin", (event) => {
    const field = event.target.closest("[data-first]");
    if (field && field.tagName !== "A") light(field, false);
  });

  const step = (by) => {
    const pieces = [...document.querySelectorAll(".loa-piece")];
    const here = pieces.indexOf(document.activeElement.closest(".loa-piece"));
    const next = pieces[Math.min(Math.max(here + by, 0), pieces.length - 1)];
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "center" });
    const field = next.querySelector("[data-first]");
    if (field) light(field, false);
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select")) return;
    if (event.key === "Escape") document.body.classList.remove("loa-reading");
    if (event.key === "j") step(1);
    if (event.key === "k") step(-1);
    if (event.key === "e") document.activeElement.closest(".loa-piece")?.querySelector("[data-act=edit]")?.click();
  });

  // A piece that was swapped keeps the keyboard where it was.
  document.addEventListener("htmx:after:swap", () => {
    const opened = document.querySelector(".loa-opened input:not([type=hidden])");
    if (opened && !document.querySelector(".loa-opened :focus")) opened.focus({ preventScroll: true });
  });
})();
