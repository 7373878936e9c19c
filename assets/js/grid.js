// Moves what stands in a room grid: by mouse, by finger on the grip, by arrow keys on it. The block goes along on the
// screen only; the server says what would come of it, in a dialog, and the form there moves it. See README.md.
(() => {
  const wide = matchMedia("(min-width: 43.75em)");
  for (const box of document.querySelectorAll(".movable")) {
    const grid = box.querySelector(".grid"), status = box.querySelector("[role=status]"), data = box.dataset;
    const spaces = data.spaces.split(" "), rows = Number(grid.dataset.rows), first = Number(data.first) * 60;
    const lanes = [...grid.querySelectorAll(".lane")], hours = [...grid.querySelectorAll(".hour")], heads = [...grid.querySelectorAll(".head")];
    const help = box.querySelector(".hint");
    help.hidden = false;
    for (const grip of grid.querySelectorAll(".grip")) grip.setAttribute("aria-describedby", help.id);
    let move = null, press = null, skip = false;

    const clock = (m) => {
      const h = String(Math.floor(m / 60) % 24);
      return h.padStart(data.clock.length - 3, "0") + data.clock.at(-3) + String(m % 60).padStart(2, "0");
    };
    const minutes = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
    const start = () => move.row === move.row0 ? minutes(move.li.dataset.from) : first + move.row * 15;
    const moved = () => move.row !== move.row0 || move.col !== move.col0;

    const begin = (li) => {
      const at = li.dataset, was = li.cloneNode(true);
      was.classList.add("was");
      was.inert = true;
      delete was.dataset.id;
      li.after(was);
      li.classList.add("moving");
      const to = Object.assign(document.createElement("span"), { className: "to" });
      li.append(to);
      move = { li, was, to, grip: li.querySelector(".grip"), col: Number(at.col), row: Number(at.row), col0: Number(at.col), row0: Number(at.row), span: Number(at.span) };
    };
    const end = (say) => {
      if (!move) return;
      Object.assign(move.li.dataset, { col: move.col0, row: move.row0 });
      move.li.classList.remove("moving");
      move.was.remove();
      move.to.remove();
      move = null;
      status.textContent = say || "";
    };
    const place = (col, row) => {
      move.col = Math.max(1, Math.min(spaces.length, col));
      move.row = Math.max(0, Math.min(rows - move.span, row));
      Object.assign(move.li.dataset, { col: move.col, row: move.row });
      const from = start(), span = clock(from) + "–" + clock(from + Number(move.li.dataset.minutes));
      move.to.textContent = "→ " + span;
      status.textContent = data.moving.replace("{title}", move.li.querySelector("a").textContent).replace("{space}", heads[move.col].textContent).replace("{span}", span);
    };

    const load = async (url) => {
      const r = await fetch(url).catch(() => null);
      const page = r && new DOMParser().parseFromString(await r.text(), "text/html");
      const parts = page ? [...page.querySelectorAll("#faults, #answer")].filter((e) => e.children.length) : [];
      if (!parts.length) { location.assign(url); return; }
      if (!move) return;
      const old = document.querySelector("dialog.ask.move");
      const dialog = old || Object.assign(document.createElement("dialog"), { className: "ask move" });
      const no = Object.assign(document.createElement("button"), { type: "button", className: "btn quiet", textContent: document.body.dataset.confirmNo });
      no.onclick = () => dialog.close();
      dialog.replaceChildren(...parts.map((e) => document.importNode(e, true)));
      const heading = dialog.querySelector("h2"), row = dialog.querySelector("form .row");
      heading.id = "move-what";
      dialog.setAttribute("aria-labelledby", heading.id);
      (row || dialog).append(no);
      if (old) { dialog.querySelector("button, a").focus(); return; }
      dialog.onclick = (e) => {
        const again = e.target.closest("a[data-try]");
        if (again) { e.preventDefault(); load(again.href); }
      };
      dialog.onclose = () => {
        const { grip } = move;
        dialog.remove();
        end(data.left);
        grip.focus();
      };
      document.body.append(dialog);
      dialog.showModal();
    };
    const ask = () => {
      if (!moved()) { end(data.left); return; }
      const from = start(), p = (n) => String(n).padStart(2, "0");
      load(move.grip.pathname + "?" + new URLSearchParams({ space: spaces[move.col - 1], date: data.date, from: p(Math.floor(from / 60)) + ":" + p(from % 60), version: move.li.dataset.version, back: data.back }));
    };

    const column = (x) => lanes.findIndex((l) => { const r = l.getBoundingClientRect(); return x >= r.left && x < r.right; }) + 1;
    const row = (y) => {
      for (const [i, h] of hours.entries()) {
        const r = h.getBoundingClientRect();
        if (y < r.bottom || i === hours.length - 1) return i * 4 + Math.floor((y - r.top) / r.height * 4);
      }
      return 0;
    };
    grid.addEventListener("pointerdown", (e) => {
      const li = e.target.closest(".bk[data-id]");
      if (!li || move || e.button || !wide.matches || (e.pointerType !== "mouse" && !e.target.closest(".grip"))) return;
      press = { li, id: e.pointerId, x: e.clientX, y: e.clientY, held: row(e.clientY) - Number(li.dataset.row) };
    });
    addEventListener("pointermove", (e) => {
      if (!press || e.pointerId !== press.id) return;
      if (!move) {
        if (Math.hypot(e.clientX - press.x, e.clientY - press.y) < 6) return;
        begin(press.li);
      }
      e.preventDefault();
      place(column(e.clientX) || move.col, row(e.clientY) - press.held);
    });
    addEventListener("pointerup", (e) => {
      if (!press || e.pointerId !== press.id) return;
      press = null;
      if (!move) return;
      skip = true;
      setTimeout(() => { skip = false; });
      ask();
    });
    addEventListener("pointercancel", (e) => { if (press && e.pointerId === press.id) { press = null; end(data.left); } });
    grid.addEventListener("dragstart", (e) => e.preventDefault());
    grid.addEventListener("click", (e) => { if (skip) e.preventDefault(); }, true);

    const steps = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
    grid.addEventListener("keydown", (e) => {
      const grip = e.target.closest(".grip"), step = steps[e.key];
      if (!grip || press || !wide.matches || e.ctrlKey || e.altKey || e.metaKey) return;
      if (step) {
        e.preventDefault();
        if (!move) begin(grip.closest(".bk"));
        place(move.col + step[0], move.row + step[1]);
      } else if (move && e.key === "Enter") {
        e.preventDefault();
        ask();
      } else if (move && e.key === "Escape") end(data.left);
    });
    grid.addEventListener("focusout", () => { if (move && !press && !document.querySelector("dialog[open]")) setTimeout(() => { if (move && !document.querySelector("dialog[open]") && document.activeElement !== move.grip) end(data.left); }); });
  }
})();
