// Locks a desk page after five minutes without a touch, over what was typed, and unlocks it in place.
// Expects <dialog class="lock" data-lock="/desk/lock"> with a form; see README.md.
(() => {
  const box = document.querySelector("dialog.lock");
  if (!box || !box.showModal) return;
  const idle = (Number(box.dataset.idle) || 300) * 1000;
  const key = "kvart-active";
  const form = box.querySelector("form[data-unlock]");
  const fault = box.querySelector("[data-fault]");
  let last = Date.now(), told = null;

  const store = (v) => { try { localStorage.setItem(key, v); } catch { /* private mode: this tab alone */ } };
  const read = () => { try { return Number(localStorage.getItem(key)) || 0; } catch { return 0; } };

  const tell = () => fetch(box.dataset.lock || "/desk/lock", { method: "POST", headers: { Accept: "application/json" }, keepalive: true })
    .then((r) => { if (r.status >= 500) throw r; })
    .catch(() => new Promise((go) => setTimeout(go, 5000)).then(() => box.open && tell()));
  const lock = () => {
    if (box.open) return;
    box.showModal();
    store(0);
    told = tell();
  };
  const check = () => {
    if (Date.now() - Math.max(last, read()) >= idle) lock();
  };
  const touch = () => {
    check();
    if (box.open || Date.now() - last < 1000) return;
    last = Date.now();
    store(last);
  };

  for (const e of ["keydown", "pointerdown", "pointermove", "scroll", "touchstart"]) addEventListener(e, touch, { passive: true });
  addEventListener("pageshow", check);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) check(); });
  addEventListener("storage", (e) => { if (e.key === key && e.newValue === "0") lock(); });
  setInterval(check, 5000);
  box.addEventListener("cancel", (e) => e.preventDefault());
  box.addEventListener("close", () => { if (box.dataset.free !== "1") box.showModal(); delete box.dataset.free; });
  store(last);
  if (box.hasAttribute("data-locked")) lock();

  if (form) form.addEventListener("submit", async (e) => {
    e.preventDefault();
    if (fault) fault.hidden = true;
    await Promise.race([told, new Promise((go) => setTimeout(go, 3000))]);
    const r = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" }, redirect: "manual" }).catch(() => null);
    if (r && r.ok) {
      form.reset();
      last = Date.now();
      store(last);
      box.dataset.free = "1";
      box.close();
    } else if (fault) fault.hidden = false;
  });
})();
