// Asks once before a form or button marked data-confirm="Question?" acts.
// The yes button carries the pressed button's own words; the no button data-confirm-no, from the element or <body>.
(() => {
  const make = (tag, cls, text) => Object.assign(document.createElement(tag), { className: cls, textContent: text });
  document.addEventListener("submit", (e) => {
    const by = e.submitter, form = e.target;
    const el = by && by.dataset.confirm ? by : form.dataset.confirm ? form : null;
    if (!el || form.dataset.sure) { delete form.dataset.sure; return; }
    e.preventDefault();
    e.stopImmediatePropagation();
    const no = el.dataset.confirmNo || document.body.dataset.confirmNo;
    const go = () => {
      form.dataset.sure = "1";
      // The server asks anew where nobody has said yes.
      if (!form.elements.sure) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "sure", value: "1" }));
      form.requestSubmit(by || undefined);
    };
    if (!no || !window.HTMLDialogElement) { if (confirm(el.dataset.confirm)) go(); return; }
    const box = make("dialog", "ask", ""), row = make("div", "row", "");
    const ask = make("p", "lead", el.dataset.confirm);
    const yes = make("button", "btn danger", by ? by.textContent.trim() || by.value : "OK"), back = make("button", "btn quiet", no);
    ask.id = "confirm-question";
    box.setAttribute("aria-labelledby", ask.id);
    yes.type = back.type = "button";
    yes.onclick = () => { box.close("yes"); };
    back.onclick = () => box.close();
    box.onclose = () => { box.remove(); if (box.returnValue === "yes") go(); else if (by) by.focus(); };
    row.append(yes, back);
    box.append(ask, row);
    document.body.append(box);
    box.showModal();
    back.focus();
  }, true);
})();
