// Says while boxes are ticked how many are, and how many are still needed.
document.querySelectorAll("[data-count]").forEach((out) => {
  const boxes = out.closest("form").querySelectorAll("[data-choices] input[type=checkbox]");
  const say = () => {
    const n = [...boxes].filter((b) => b.checked).length, left = Math.max(0, +out.dataset.least - n);
    out.textContent = out.dataset.chosen + " " + n + (left ? " · " + out.dataset.left + " " + left : "");
    out.hidden = false;
  };
  boxes.forEach((b) => b.addEventListener("change", say));
  addEventListener("pageshow", say);
  addEventListener("draft", say);
  say();
});

// A draft is kept in this browser alone, and only for who asks for it: what is ticked, never the code. It goes when the ballot
// was sent, when somebody deletes it, and on the next look at any ballot after the vote is over.
const drafts = {
  name: (id) => "kvart ballot " + id,
  get(id) {
    try {
      return JSON.parse(localStorage.getItem(this.name(id)));
    } catch {
      return null;
    }
  },
  put(id, draft) {
    try {
      localStorage.setItem(this.name(id), JSON.stringify(draft));
      return true;
    } catch {
      return false; // a browser that keeps nothing
    }
  },
  drop(id) {
    try {
      localStorage.removeItem(this.name(id));
    } catch { /* nothing is kept */ }
  },
  forget(now) {
    try {
      Object.keys(localStorage).filter((k) => k.startsWith(this.name(""))).forEach((k) => {
        const id = k.slice(this.name("").length);
        if (!(this.get(id)?.until > now)) this.drop(id);
      });
    } catch { /* nothing is kept */ }
  },
};
drafts.forget(Date.now() / 1000);
document.querySelectorAll("[data-draft-sent]").forEach((e) => drafts.drop(e.dataset.draftSent));
document.querySelectorAll("[data-draft]").forEach((part) => {
  const id = part.dataset.draft, boxes = [...part.closest("form").querySelectorAll("[data-choices] input[type=checkbox]")];
  const said = part.querySelector("[data-draft-said]"), keep = part.querySelector("[data-draft-keep]"), drop = part.querySelector("[data-draft-drop]");
  const show = (word) => {
    const kept = drafts.get(id) !== null;
    keep.hidden = kept;
    drop.hidden = !kept;
    if (word) said.textContent = said.dataset[word];
  };
  const write = () => drafts.put(id, { until: +part.dataset.until, chosen: boxes.filter((b) => b.checked).map((b) => b.value) });
  keep.addEventListener("click", () => {
    show(write() ? "kept" : "failed");
    if (!drop.hidden) drop.focus();
  });
  drop.addEventListener("click", () => {
    drafts.drop(id);
    show("gone");
    keep.focus();
  });
  boxes.forEach((b) => b.addEventListener("change", () => {
    if (drafts.get(id)) write();
  }));
  const draft = drafts.get(id);
  if (draft && !boxes.some((b) => b.checked)) {
    boxes.forEach((b) => { b.checked = draft.chosen.includes(b.value); });
    dispatchEvent(new Event("draft"));
    show("back");
  } else show();
  part.hidden = false;
});
